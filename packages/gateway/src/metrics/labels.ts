/**
 * What may become the value of a label. Values are ids and codes from the configuration and the code; these guards hold
 * where a channel of other hands does not keep to that, and bound how many series a metric can grow to.
 */

import type { Owner } from './types.ts'

/** Each brings dozens of series, and a gateway that serves more is counted as a whole. */
const maxAccounts = 1_000
const maxChannels = 20

/** How the configuration writes ids, and tools' names. */
const idPattern = /^[\w.-]{1,64}$/
export const toolPattern = /^[\w-]{1,64}(?:_\*)?$/
/** Lower-case words: neither a text nor what backends give people and groups as ids. */
export const codePattern = /^(?=.{1,64}$)[a-z]+(?:-[a-z]+)*$/

/** Replaces values that are no codes, and values that came after the label was full. */
const otherValue = 'other'

/** @returns a function that admits at most `maxValues` different values, for the life of the process */
export function labelGuard(pattern: RegExp, maxValues: number): (value: string) => string {
  const admitted = new Set<string>()
  return (value) => {
    if (admitted.has(value)) return value
    if (admitted.size >= maxValues || !pattern.test(value)) return otherValue
    admitted.add(value)
    return value
  }
}

/** The labels that say whose a figure is. */
export const ownerLabels = ['channel', 'account'] as const

export type GuardOwner = (owner: Owner) => Record<(typeof ownerLabels)[number], string>

export function ownerGuard(): GuardOwner {
  const channel = labelGuard(idPattern, maxChannels)
  const account = labelGuard(idPattern, maxAccounts)
  return ({ channelId, accountId }) => ({ channel: channel(channelId), account: account(accountId) })
}
