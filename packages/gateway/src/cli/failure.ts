/**
 * How a command ends: exit codes, and one line on stderr for whatever went wrong.
 */

import { codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { fitted, widthOf } from '../fold.ts'
import type { Speech } from '../language/speech.ts'

/** 69 and 78 are sysexits.h's EX_UNAVAILABLE and EX_CONFIG; 130 is what shells give a command that Ctrl-C ended. */
export const exitCodes = {
  fine: 0,
  failed: 1,
  usage: 2,
  unreachable: 69,
  config: 78,
  interrupted: 130,
} as const

const exitCodeByCode: Readonly<Record<string, number>> = {
  usage: exitCodes.usage,
  cancelled: exitCodes.interrupted,
  'gateway-unreachable': exitCodes.unreachable,
  'sandbox-unreachable': exitCodes.unreachable,
  'no-home': exitCodes.config,
  'state-dir-unsafe': exitCodes.config,
  'state-dir-unusable': exitCodes.config,
  'config-invalid': exitCodes.config,
  'config-not-found': exitCodes.config,
  'config-unreadable': exitCodes.config,
  // Not to be started again and again: the configuration leads to the wrong place.
  'state-files-missing': exitCodes.config,
  'state-moved': exitCodes.config,
  'state-unfinished': exitCodes.config,
}

export function exitCodeOf(error: unknown): number {
  return exitCodeByCode[codeOf(error)] ?? exitCodes.failed
}

/** What a person reads about it, in their language. A stack is shown for a bug only. */
export function describeFailure(error: unknown, { translate }: Pick<Speech, 'translate'>): string {
  if (error instanceof MoltbotError) return translate(error.message)
  if (!(error instanceof Error) || 'syscall' in error) return messageOf(error) // The system refused something.
  return error.stack ?? error.message
}

/** Runs a command; what it throws is printed on stderr and becomes the exit code. */
export async function endWell(
  command: () => Promise<number | undefined>,
  speech: Pick<Speech, 'translate'>,
): Promise<void> {
  try {
    process.exitCode = (await command()) ?? exitCodes.fine
  } catch (error) {
    complain(describeFailure(error, speech))
    process.exitCode = exitCodeOf(error)
  }
}

/** Writes to stderr, folded where a terminal shows it: programs look for whole lines. */
export function complain(text: string): void {
  const width = widthOf(process.stderr)
  const lines = text.split('\n').flatMap((line) => fitted(line, width))
  process.stderr.write(`${lines.join('\n')}\n`)
}
