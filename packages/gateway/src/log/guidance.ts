/**
 * What a person at the terminal should do next, in their language, below the log line that calls for it. The log itself is
 * English and says what happened.
 */

import type { Speech } from '../language/speech.ts'

export type LogLine = Readonly<Record<string, unknown>>

/** @returns the sentence that follows a line, undefined where nothing is to be done. Remembers who was asked to scan. */
export function guide({ say }: Pick<Speech, 'say'>): (line: LogLine) => string | undefined {
  const scanning = new Set<string>()
  return (line) => {
    const account = String(line.accountId)
    if (line.event === 'account.qr' && line.terminal !== undefined) {
      scanning.add(account)
      return say(
        'Scan this code with WeChat, then confirm on the phone. If it does not fit here, open the link above.',
      )
    }
    if (line.event === 'message.decided' && line.action === 'pair')
      return say('An unknown person wrote and got a code; see who it is with: moltbot pairing list')
    if (line.event !== 'account.state') return undefined
    if (line.nextAction === 'enter-code')
      return say('enter the digits: moltbot channels login --account {account}', { account })
    if (line.state === 'online' && scanning.delete(account))
      return say('The login is stored, and the next start needs no scan. Now write to the bot in WeChat.')
    return undefined
  }
}
