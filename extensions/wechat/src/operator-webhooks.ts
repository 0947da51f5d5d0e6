/**
 * Events of all accounts that are not delivered to webhooks, as an operator sees them.
 */

import type { ChannelWebhooks } from '@moltbot/channel-sdk'
import { rowIds } from './operator-outbox.ts'
import type { Webhooks } from './webhooks/webhooks.ts'

/** @param of the webhooks of a running account; throws where it does not run */
export function operatorWebhooks(of: (accountId: string) => Webhooks): ChannelWebhooks {
  return {
    list: async (accountId, listing) =>
      (await of(accountId).list(listing)).map(
        ({ id, host, type, eventId, state, attempts, reason, createdMs }) => ({
          id: String(id),
          accountId,
          host,
          type,
          eventId,
          state,
          attempts,
          reason,
          createdMs,
        }),
      ),
    retry: async (accountId, ids) => (await of(accountId).retry(rowIds(ids))).map(String),
    drop: async (accountId, ids) => (await of(accountId).drop(rowIds(ids))).map(String),
  }
}
