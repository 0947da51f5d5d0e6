/**
 * A rejected promise that nobody waits for ends the process of OpenClaw with everything in it. Puppets are full of foreign
 * code, so those that come from the folder of this plugin are logged instead.
 */

import { messageOf } from '@moltbot/channel-sdk'

type Register = (handler: (reason: unknown) => boolean) => unknown

/** A rejection is ours where its stack has a line of this folder. */
export function isOurs(reason: unknown, folder: string): boolean {
  return reason instanceof Error && (reason.stack ?? '').includes(folder)
}

/** Registers the guard with the host, where the host takes one. Never rejects. */
export async function guardRejections(
  folder: string,
  log: (message: string) => void,
  load: () => Promise<Register | undefined> = loadHost,
): Promise<void> {
  const register = await load().catch(() => undefined)
  register?.((reason) => {
    const isHandled = isOurs(reason, folder)
    if (isHandled) log(`A rejected promise of the WeChat channel was not handled: ${messageOf(reason)}`)
    return isHandled
  })
}

/** Not a literal, since the module exists in the host only. */
const hostModule = ['openclaw', 'plugin-sdk', 'runtime'].join('/')

async function loadHost(): Promise<Register | undefined> {
  const { registerUnhandledRejectionHandler: register } = await import(hostModule)
  return typeof register === 'function' ? register : undefined
}
