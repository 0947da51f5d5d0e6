/**
 * "Is typing" while a turn runs, always ended.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import type { AccountLink } from '../model/link.ts'

/** Most answers come sooner; the indicator would only flicker. */
const typingDelayMs = 300

export function showTyping(link: () => AccountLink | undefined, conversation: Conversation): { end(): void } {
  let shownOn: AccountLink | undefined
  const timer = setTimeout(() => {
    shownOn = link()
    void shownOn?.typing(conversation, true)
  }, typingDelayMs)
  return {
    end() {
      clearTimeout(timer)
      void shownOn?.typing(conversation, false)
    },
  }
}
