/**
 * The simulated person of the sandbox: scans every QR code that the bot shows and agrees on the phone.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { controlClient } from 'ilink-simulator'

interface Login {
  readonly botId: string
  readonly userId: string
}

const lookEveryMs = 100
const userId = 'sandbox-person@im.wechat'

/** Goes on until `signal` fires, for a bot that was logged out shows another code. Never throws for that. */
export async function playPerson(
  controlUrl: string,
  signal: AbortSignal,
  onLogin: (login: Login) => void,
): Promise<void> {
  const control = controlClient(controlUrl)
  while (!signal.aborted) {
    for (const { qrcode } of await control.qrCodes()) {
      await control.scan(qrcode)
      onLogin(await control.confirm(qrcode, { userId }))
    }
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined) // Woken up to leave.
  }
}
