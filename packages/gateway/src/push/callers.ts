/**
 * Who asks to write to targets, and which of them they reach.
 */

import { type Conversation, MoltbotError } from '@moltbot/channel-sdk'
import type { Targets } from '../config/targets-schema.ts'
import { everyTarget } from './access-tokens.ts'

export interface Caller {
  /** Of the access token; empty for the operator. */
  readonly tokenId: string
  /** Names; `*`: all. */
  readonly targets: readonly string[]
}

/** Holds the control token, or the gateway's own process. */
export const operator: Caller = { tokenId: '', targets: [everyTarget] }

const reaches = ({ targets }: Caller, name: string) => targets.includes(everyTarget) || targets.includes(name)

/** The same caller with fewer targets: a scope only narrows. */
export function narrowed(caller: Caller, names: readonly string[]): Caller {
  return names.length === 0 ? caller : { ...caller, targets: names.filter((name) => reaches(caller, name)) }
}

/** The targets that a caller reaches, in the order of the configuration. */
export function reachable(caller: Caller, targets: Targets): [name: string, target: Targets[string]][] {
  return Object.entries(targets).filter(([name]) => reaches(caller, name))
}

/**
 * What lies outside the scope is refused before anything tells whether it exists.
 * @throws `target-refused`, `target-unknown`
 */
export function targetFor(caller: Caller, name: string, targets: Targets): Targets[string] {
  if (!reaches(caller, name))
    throw new MoltbotError('target-refused', `this token does not reach the target ${JSON.stringify(name)}`)
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined
  if (target !== undefined) return target
  const known = reachable(caller, targets).map(([one]) => one)
  const advice = known.length === 0 ? 'none is configured under `targets`' : `there is ${known.join(', ')}`
  throw new MoltbotError('target-unknown', `there is no target ${JSON.stringify(name)}; ${advice}`)
}

/** Whom a target names. */
export function conversationOf({ person, group }: Targets[string]): Conversation {
  return group === undefined ? { kind: 'direct', id: person ?? '' } : { kind: 'group', id: group }
}
