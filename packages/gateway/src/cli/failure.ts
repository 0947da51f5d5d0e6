/**
 * How a command ends: exit codes, and one line on stderr for whatever went wrong.
 */

import { codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'

/** 69 and 78 are sysexits.h's EX_UNAVAILABLE and EX_CONFIG. */
export const exitCodes = { fine: 0, failed: 1, usage: 2, unreachable: 69, config: 78 } as const

const exitCodeByCode: Readonly<Record<string, number>> = {
  usage: exitCodes.usage,
  'gateway-unreachable': exitCodes.unreachable,
  'sandbox-unreachable': exitCodes.unreachable,
  'no-home': exitCodes.config,
  'state-dir-unsafe': exitCodes.config,
  'state-dir-unusable': exitCodes.config,
  'config-invalid': exitCodes.config,
  'config-not-found': exitCodes.config,
  'config-unreadable': exitCodes.config,
}

/** Runs a command; what it throws is printed on stderr and becomes the exit code. A stack is shown for a bug only. */
export async function endWell(command: () => Promise<number | undefined>): Promise<void> {
  try {
    process.exitCode = (await command()) ?? exitCodes.fine
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`)
    process.exitCode = exitCodeByCode[codeOf(error)] ?? exitCodes.failed
  }
}

function describe(error: unknown): string {
  if (error instanceof MoltbotError) return error.message
  if (!(error instanceof Error) || 'syscall' in error) return messageOf(error) // The system refused something.
  return error.stack ?? error.message
}
