/**
 * The simulated backend is an optional package, so that a server need not have it.
 */

import { codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'

/** @throws `sandbox-missing` if the simulator is not installed. */
export async function loadSandbox(): Promise<typeof import('./run-sandbox.ts')> {
  try {
    return await import('./run-sandbox.ts')
  } catch (cause) {
    if (codeOf(cause) !== 'ERR_MODULE_NOT_FOUND' || !messageOf(cause).includes("'ilink-simulator'"))
      throw cause
    throw new MoltbotError(
      'sandbox-missing',
      'The sandbox needs the npm package ilink-simulator, which is not installed beside moltbot.',
      { cause },
    )
  }
}
