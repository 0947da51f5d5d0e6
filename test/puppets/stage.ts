/**
 * What the behaviour suite needs of a puppet: a backend with one person and, where there are groups, one group.
 */

import type { Said } from '../../extensions/wechat/test/mock-world-messages.ts'
import type { GatewayHome, RunningGateway } from '../support/gateway.ts'

/** What the bot said: a text, or a file's name and the MD5 of what it holds. */
export type Heard = string | { readonly name: string; readonly md5: string }

export interface Stage {
  /** Keys of the account that choose and reach the puppet. */
  readonly account: object
  /** A gateway with this configuration that has the puppet. */
  home(config: object): GatewayHome
  /** A person logs the bot in, once; the login outlives every restart. */
  logIn(gateway: RunningGateway): Promise<void>
  write(message: Said): Promise<void>
  /** By the person, or in the group, oldest first. */
  heard(where?: 'group'): Promise<readonly Heard[]>
  /** Every change of the indicator that the person saw. */
  typing?(): Promise<readonly boolean[]>
  close(): Promise<void>
}

export interface StageKind {
  readonly name: string
  /** What the puppet cannot do, and why; its cases are skipped under that name. */
  readonly lacks: Readonly<Partial<Record<'groups' | 'typing', string>>>
  open(): Promise<Stage>
}
