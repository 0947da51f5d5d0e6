/**
 * The buttons for what was not sent: once more, or never.
 */

import { changed } from '../core/live.ts'
import { Action } from './action.tsx'

type Change = 'retry' | 'drop'

export interface AgainProps {
  /** What is meant, for those who do not see where the buttons are. */
  readonly name: string
  /** What the buttons say. Without `retry` there is only the other one. */
  readonly retry?: string
  readonly drop: string
  /** The question before it is dropped. */
  readonly question: string
  /** @returns the ids of what was changed */
  readonly change: (action: Change) => Promise<{ readonly changed: readonly string[] }>
  /** Why nothing was. */
  readonly refusals: Readonly<Record<Change, string>>
}

export function Again({ name, retry, drop, question, change, refusals }: AgainProps) {
  const act = (action: Change) => async () => {
    const { changed: ids } = await change(action)
    changed('outbox', 'status')
    if (ids.length > 0) return undefined
    throw new Error(refusals[action])
  }
  return (
    <div class="buttons">
      {retry !== undefined && (
        <Action act={act('retry')} label={`${retry}: ${name}`}>
          {retry}
        </Action>
      )}
      <Action act={act('drop')} kind="danger" label={`${drop}: ${name}`} confirm={question}>
        {drop}
      </Action>
    </div>
  )
}
