/**
 * What a person can do about an account, with the command that does it.
 */

import type { AccountAnswer } from '../api/answers.ts'
import { adviceFor } from '../control/status.ts'
import type { Output } from './show.ts'

/** Undefined where nothing is to be done. */
export function toDo(
  { nextAction, accountId: account }: Pick<AccountAnswer, 'nextAction' | 'accountId'>,
  { say, translate }: Pick<Output, 'say' | 'translate'>,
): string | undefined {
  if (nextAction === 'scan')
    return say('scan the QR code: moltbot channels login --account {account}', { account })
  if (nextAction === 'enter-code')
    return say('enter the digits: moltbot channels login --account {account}', { account })
  const advice = adviceFor(nextAction)
  return advice && translate(advice)
}
