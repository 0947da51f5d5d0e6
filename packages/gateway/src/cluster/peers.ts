/**
 * The other gateways that share the accounts, and what one of them can ask of another.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
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

interface Sharing {
  readonly others: readonly Peer[]
  ask(gatewayId: string, request: PeerRequest): Promise<unknown>
  holderOf(channelId: string, accountId: string): (Peer & { readonly isThis: boolean }) | undefined
}

interface Placed {
  readonly channelId: string
  readonly accountId: string
}

export function peersOf(cluster: Sharing, placeOf: (accountId: string | undefined) => Placed): Peers {
  return {
    all: cluster.others,
    ask: ({ id }, request) => cluster.ask(id, request),
    holderOf: (wanted) => {
      const { channelId, accountId } = placeOf(wanted)
      const holder = cluster.holderOf(channelId, accountId)
      return holder?.isThis ? undefined : holder
    },
  }
}

export const fileIsHere = ({ name }: Peer): MoltbotError =>
  new MoltbotError(
    'not-from-here',
    `gateway ${name} serves the account, and the file is on this machine; send it from there`,
  )

export const forwardable = z.enum([
  'account',
  'changeAccount',
  'verifyCode',
  'logout',
  'explain',
  'send',
  'forecast',
  'outbox',
  'changeOutbox',
  'webhooks',
  'changeWebhooks',
  'probe',
])

/** A message of another program. Its file would be on this machine. */
const pushed = z.strictObject({
  accountId: z.string(),
  to: z.string(),
  text: z.string(),
  id: z.string().exactOptional(),
  toKind: z.enum(['direct', 'group']).exactOptional(),
  markdown: z.boolean().exactOptional(),
  kind: z.enum(['manual', 'scheduled']).exactOptional(),
  queue: z.boolean().exactOptional(),
})

const sender = z.object({ accountId: z.string(), senderId: z.string() })
export const peerRequest = z.union([
  z.strictObject({ route: forwardable, input: z.unknown() }),
  z.strictObject({ push: pushed }),
  z.strictObject({ notifyApproved: sender }),
  z.strictObject({ admissionsChanged: z.string() }),
  z.strictObject({ receiveAgain: z.object({ accountId: z.string(), received: z.string() }) }),
])
export type PeerRequest = z.input<typeof peerRequest>
