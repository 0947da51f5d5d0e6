/**
 * The other gateways that share the accounts, and what one of them can ask of another.
 */

import { z } from 'zod'

/** The other gateways, as the control plane of this one uses them. */
export interface Peers {
  /** The gateway that serves the account, if it is another one. @throws `account-unknown`, `account-needed` */
  holderOf(accountId: string | undefined): Peer | undefined
  readonly all: readonly Peer[]
  /** @throws what it throws there, `gateway-silent` */
  ask(peer: Peer, request: PeerRequest): Promise<unknown>
}

export interface Peer {
  readonly id: string
  readonly name: string
}

export const forwardable = z.enum([
  'account',
  'changeAccount',
  'verifyCode',
  'logout',
  'explain',
  'send',
  'outbox',
  'changeOutbox',
  'probe',
])

const sender = z.object({ accountId: z.string(), senderId: z.string() })
export const peerRequest = z.union([
  z.strictObject({ route: forwardable, input: z.unknown() }),
  z.strictObject({ notifyApproved: sender }),
  z.strictObject({ admissionsChanged: z.string() }),
  z.strictObject({ receiveAgain: z.object({ accountId: z.string(), received: z.string() }) }),
])
export type PeerRequest = z.input<typeof peerRequest>
