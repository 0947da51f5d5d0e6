/**
 * The interface between the behaviour suite and a puppet: a backend with one user and, if the puppet supports groups, one
 * group.
 */

import type { Said } from '../../extensions/wechat/test/mock-world-messages.ts'
import type { GatewayHome, RunningGateway } from '../support/gateway.ts'

/** A message of the bot: a text, or the name of a file and the MD5 of its content. */
export type Heard = string | { readonly name: string; readonly md5: string }

export interface Stage {
  /** Keys of the account that select and configure the puppet. */
  readonly account: object
  /** Creates a gateway with this configuration and the puppet. */
  home(config: object): GatewayHome
  /** Logs the bot in, once. The login survives every restart. */
  logIn(gateway: RunningGateway): Promise<void>
  write(message: Said): Promise<void>
  /** Messages that the user or the group received, oldest first. */
  heard(where?: 'group'): Promise<readonly Heard[]>
  /** Every change of the indicator that the person saw. */
  typing?(): Promise<readonly boolean[]>
  close(): Promise<void>
}

export interface StageKind {
  readonly name: string
  /** Features that the puppet does not support, with the reason. Their test cases are skipped under that name. */
  readonly lacks: Readonly<Partial<Record<'groups' | 'typing', string>>>
  open(): Promise<Stage>
}
