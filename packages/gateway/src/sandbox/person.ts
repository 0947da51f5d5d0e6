/**
 * The simulated person of the sandbox: scans every QR code that the bot shows and agrees on the phone.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { type ControlClient, controlClient } from 'ilink-simulator'

interface Login {
  readonly botId: string
  readonly userId: string
}

const lookEveryMs = 100
/** The owner of the bot. */
export const ownerId = 'sandbox-person@im.wechat'

/** Goes on until `signal` fires, for a bot that was logged out shows another code. */
export async function playPerson(
  controlUrl: string,
  signal: AbortSignal,
  onLogin: (login: Login) => void,
): Promise<void> {
  const control = controlClient(controlUrl)
  while (!signal.aborted) {
    for (const { qrcode } of await control.qrCodes()) {
      const login = await agree(control, qrcode)
      if (login !== undefined) onLogin(login)
    }
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined) // Woken up to leave.
  }
}

async function agree(control: ControlClient, qrcode: string): Promise<Login | undefined> {
  try {
    await control.scan(qrcode)
    return await control.confirm(qrcode, { userId: ownerId })
  } catch {
    return undefined // The code has expired meanwhile; the bot shows another.
  }
}
