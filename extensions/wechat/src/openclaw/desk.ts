/**
 * What was not sent, for the operator: OpenClaw's own commands know no such lists, so its gateway gets methods for them.
 */

import { type Channel, messageOf } from '@moltbot/channel-sdk'
import { z } from 'zod'
import type { GatewayMethod } from './host-plugin.ts'
import { hostChannelId } from './ids.ts'

/** As many as one call may change. */
const maxIds = 1_000

type DeskChannel = Pick<Channel, 'accountIds' | 'outbox' | 'webhooks'>

/** Left out: every account that runs in this process. */
const accountId = z.string().optional()
const messages = z.strictObject({ accountId, which: z.enum(['waiting', 'failed']).default('waiting') })
const events = z.strictObject({ accountId, which: z.enum(['waiting', 'dead']).default('waiting') })
const change = z.strictObject({ accountId, ids: z.array(z.string()).min(1).max(maxIds) })

/**
 * Methods `wechaty.outbox.list`, `.retry` and `.drop`, and the same of `wechaty.webhooks`.
 * @param channel throws where no account runs in this process
 */
export function deskMethods(channel: () => DeskChannel): GatewayMethod[] {
  const method = <Params extends { accountId?: string | undefined }>(
    name: string,
    answer: 'items' | 'changed',
    params: z.ZodType<Params>,
    work: (desk: DeskChannel, accountId: string, params: Params) => Promise<readonly unknown[]> | undefined,
  ): GatewayMethod => ({
    name: `${hostChannelId}.${name}`,
    handle: async ({ params: given, respond }) => {
      const { data, error: flaw } = params.safeParse(given)
      if (flaw !== undefined)
        return respond(false, undefined, errorOf('INVALID_REQUEST', z.prettifyError(flaw)))
      try {
        const desk = channel()
        respond(true, { [answer]: await ofAccounts(desk, data.accountId, (id) => work(desk, id, data)) })
      } catch (error) {
        respond(false, undefined, errorOf('UNAVAILABLE', messageOf(error)))
      }
    },
  })
  return [
    method('outbox.list', 'items', messages, ({ outbox }, id, { which }) => outbox?.list(id, which)),
    method('outbox.retry', 'changed', change, ({ outbox }, id, { ids }) => outbox?.retry(id, ids)),
    method('outbox.drop', 'changed', change, ({ outbox }, id, { ids }) => outbox?.drop(id, ids)),
    method('webhooks.list', 'items', events, ({ webhooks }, id, { which }) => webhooks?.list(id, which)),
    method('webhooks.retry', 'changed', change, ({ webhooks }, id, { ids }) => webhooks?.retry(id, ids)),
    method('webhooks.drop', 'changed', change, ({ webhooks }, id, { ids }) => webhooks?.drop(id, ids)),
  ]
}

const errorOf = (code: string, message: string) => ({ code, message })

/** @throws what `work` throws, if an account is named; otherwise an account that does not run is left out */
async function ofAccounts<Item>(
  { accountIds }: DeskChannel,
  wanted: string | undefined,
  work: (accountId: string) => Promise<readonly Item[]> | undefined,
): Promise<readonly Item[]> {
  const items = async (id: string) => (await work(id)) ?? []
  if (wanted !== undefined) return items(wanted)
  return (await Promise.all(accountIds.map((id) => items(id).catch(() => [])))).flat()
}
