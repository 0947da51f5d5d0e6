/**
 * What the control plane asks of a running gateway, answered by its service as it is then.
 */

import { MoltbotError, narrow } from '@moltbot/channel-sdk'
import { type Peers, peersOf } from './cluster/peers.ts'
import { type GatewayPhase, reportOn } from './control/status.ts'
import type { ControlTarget } from './control/target.ts'
import type { Gateway } from './gateway-types.ts'
import type { RecentLines } from './log/recent-lines.ts'
import type { Metrics } from './metrics/types.ts'
import { reportAsAnswer } from './schedules/schedule-answer.ts'
import type { Service } from './service.ts'

export interface TargetOptions {
  readonly gateway: Pick<Gateway, 'status' | 'stop' | 'restart' | 'reload'>
  readonly phase: () => GatewayPhase
  /** Why nothing can be stored at present. */
  readonly storeProblem: () => string | undefined
  /** Undefined while the gateway starts, restarts or stops. */
  readonly service: () => Service | undefined
  readonly events: ControlTarget['events']
  readonly state: ControlTarget['state']
  readonly metrics: Metrics
  readonly log: Pick<RecentLines, 'find'>
  readonly config: ControlTarget['config']
  readonly showsTexts: () => boolean
  readonly phone: ControlTarget['phone']
  readonly publicHosts: () => readonly string[]
}

export function controlTarget({
  gateway,
  phase,
  storeProblem,
  service: current,
  events,
  state,
  metrics,
  log,
  config,
  showsTexts,
  phone,
  publicHosts,
}: TargetOptions): ControlTarget {
  const service = () => {
    const open = current()
    if (open !== undefined) return open
    throw new MoltbotError('gateway-busy', `the gateway is ${phase()}; try again`, { retryable: true })
  }
  const peers = (): Peers | undefined => {
    const { cluster, channels } = current() ?? {}
    if (cluster === undefined || channels === undefined) return undefined
    return peersOf(cluster, (accountId) => channels.placeOf(accountId))
  }
  return {
    ready: () => phase() === 'running' && storeProblem() === undefined,
    accountIds: () => current()?.channels.accountIds ?? [],
    account: async (accountId) => reportOn(await service().channels.account(accountId)),
    changeAccount: async (wanted, action) => {
      const { channels, cluster } = service()
      if (cluster === undefined) return channels.changeAccount(wanted, action)
      const { channelId, accountId } = channels.placeOf(wanted)
      const isStopped = cluster.isStopped(channelId, accountId)
      if (action === 'restart' && !isStopped) return channels.changeAccount(wanted, action)
      await cluster.setStopped(channelId, accountId, action === 'stop')
    },
    events,
    state,
    log: (query) => log.find(query),
    showsTexts,
    publicHosts,
    programs: () => service().programs,
    usage: async () => ({ days: await service().records.days() }),
    messages: async ({ kind, conversationId, text, ...query }) => {
      const { channels, records } = service()
      const conversation =
        kind === undefined || conversationId === undefined
          ? {}
          : { conversation: { kind, id: conversationId } }
      // What is not shown is not searched either: the answers would tell it letter by letter.
      const search = showsTexts() && text !== undefined ? { text } : {}
      const { accountId, messages, ...rest } = await channels.received({
        ...query,
        ...conversation,
        ...search,
      })
      const all = messages.map(async (message) => {
        const turn = message.turnId === undefined ? undefined : await records.find(message.turnId)
        return { ...message, accountId, ...(turn !== undefined && { turn }) }
      })
      return { messages: await Promise.all(all), ...rest, showsTexts: showsTexts() }
    },
    messageFile: async (order) => service().channels.receivedFile(order),
    config,
    status: () => gateway.status(),
    metrics: async () => metrics.page(await gateway.status()),
    pairing: () => service().pairing,
    revoke: async (senderId, accountId) => {
      await service().pairing.revoke(senderId, accountId)
      const holder = peers()?.holderOf(accountId)
      if (holder !== undefined)
        await peers()
          ?.ask(holder, { admissionsChanged: accountId })
          .catch(() => undefined)
      else await service().channels.admissionsChanged(accountId)
    },
    receiveAgain: async (accountId, received) => service().channels.receiveAgain(accountId, received),
    admissionsChanged: (accountId) => service().channels.admissionsChanged(accountId),
    notifyApproved: async ({ accountId, senderId }) => {
      const holder = peers()?.holderOf(accountId)
      if (holder !== undefined) await peers()?.ask(holder, { notifyApproved: { accountId, senderId } })
      else await service().channels.notifyApproved(accountId, senderId)
    },
    peers,
    drain: async (isDraining) => {
      const { cluster } = service()
      if (cluster !== undefined) return cluster.drain(isDraining)
      throw new MoltbotError('no-cluster', 'this gateway shares its accounts with no other gateway')
    },
    submitVerifyCode: async (accountId, code) => service().channels.submitVerifyCode(accountId, code),
    send: async (order) => service().channels.send(order),
    forecast: async (query) => service().channels.forecast(query),
    schedules: async (accountId) => (await service().schedules.list(accountId)).map(reportAsAnswer),
    schedule: async (id) => reportAsAnswer(await service().schedules.find(id)),
    runDue: async () => service().schedules.runDue(),
    changeSchedule: async (id, action) => service().schedules.change(id, action),
    listOutbox: async (listing, accountId) => service().channels.listOutbox(listing, accountId),
    changeOutbox: async (change) => {
      const { channels, programs } = service()
      const changed = await channels.changeOutbox(change)
      programs.pushes.outboxChanged()
      return changed
    },
    listWebhooks: async (listing, accountId) => service().channels.listWebhooks(listing, accountId),
    changeWebhooks: async (change) => service().channels.changeWebhooks(change),
    explain: async (order) => {
      const { tools: scopes, ...decision } = await service().channels.explain(order)
      if (scopes === undefined) return decision
      const { tools } = await service().tools()
      const usable = narrow(
        tools.filter(({ allowed }) => allowed),
        scopes,
      )
      return { ...decision, tools: usable.map(({ name }) => name) }
    },
    tools: async () => service().tools(),
    logout: async (accountId) => service().channels.logout(accountId),
    probe: async (accountIds) => service().channels.probe(accountIds),
    stop: () => void gateway.stop(),
    restart: () => void gateway.restart().catch(() => undefined), // Logged where it fails.
    reload: () => gateway.reload(),
    phone,
  }
}
