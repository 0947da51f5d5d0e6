/**
 * The WeChat channel as OpenClaw knows a channel: its configuration, its accounts and its commands. Each member does little
 * more than call the channel, and none lets an error of ours into the host other than as the answer to its question.
 */

import { type AccountStatus, type ChannelPlugin, codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { createChannel } from '../channel.ts'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { WechatConfig } from '../config/schema.ts'
import { toolScopes } from '../policy/tools.ts'
import { Accounts } from './accounts.ts'
import {
  accountIds,
  configIssues,
  defaultId,
  findAccount,
  hostAccount,
  section,
  UsableConfig,
} from './config.ts'
import { deskMethods } from './desk.ts'
import { listGroups, listPeople } from './directory.ts'
import { guarded, guardProcess } from './guard.ts'
import type { HostModules, OpenClawConfig, PluginRuntime, ToolPolicy } from './host-api.ts'
import type {
  GatewayMethod,
  HostAccount,
  HostService,
  OpenClawChannel,
  PluginApi,
  StartContext,
} from './host-plugin.ts'
import { versionRefusal } from './host-version.ts'
import { hostChannelId, peerId, senderOf, targetId } from './ids.ts'
import { gatewayDesk, isLoggedIn, Logins, loginInTerminal } from './login.ts'
import { sendOrder } from './outbound.ts'
import { noTools, toolPolicyOf } from './prompt.ts'
import { hostSnapshot } from './snapshot.ts'

const logoutTimeoutMs = 20_000

export interface PluginOptions {
  readonly runtime: PluginRuntime
  readonly modules: Pick<HostModules, 'gateway' | 'media'>
  /** Called before an account runs: nothing may be under way where the host only looks at the plugin. */
  readonly guard?: () => Promise<void>
  /** What runs the accounts. Defaults to this channel; the host contract's suite brings one of its own. */
  readonly create?: ChannelPlugin<WechatConfig>['create']
}

/**
 * @param replacing what the tests put in the place of parts of the channel
 * @throws `host-version` on a host that is too old, which the host shows in `channels status` and `plugins doctor`
 */
export function register(
  { runtime, rootDir, registerChannel, registerService, registerGatewayMethod }: PluginApi,
  modules: HostModules,
  replacing: Pick<PluginOptions, 'create'> = {},
): void {
  const refusal = versionRefusal(runtime.version)
  if (refusal !== undefined) throw new MoltbotError('host-version', refusal)
  const log = runtime.logging.getChildLogger({ channel: 'wechat' })
  const guard = () => guardProcess(rootDir, (message) => log.error(message), modules.process)
  const { plugin, service, methods } = openClawChannel({ runtime, modules, guard, ...replacing })
  registerChannel({ plugin: guarded(plugin) })
  registerService(guarded(service))
  for (const { name, handle } of methods.map(guarded))
    registerGatewayMethod(name, handle, { scope: 'operator.write' })
}

/** The channel, a service by which it learns that the gateway ends, and what an operator can call. */
export function openClawChannel({ runtime, modules, guard, create = createChannel }: PluginOptions): {
  readonly plugin: OpenClawChannel
  readonly service: HostService
  readonly methods: readonly GatewayMethod[]
} {
  const stateDir = runtime.state.resolveStateDir()
  const accounts = new Accounts({ runtime, stateDir, plugin: { create } })
  const usable = new UsableConfig()
  const current = () => runtime.config.current()
  const issuesOf = (cfg: OpenClawConfig) => configIssues(cfg, runtime.version)
  const idOf = (cfg: OpenClawConfig, wanted?: string | null) => hostAccount(cfg, wanted).accountId
  const logins = new Logins({
    accounts,
    accountOf: (wanted) => enabledAccount(current(), wanted, usable),
    draw: async (text) => (await modules.media()).renderQrPngDataUrl(text),
  })
  const isConfigured = ({ problem, accountId }: HostAccount) => problem === undefined || usable.has(accountId)
  let announced = ''

  const announce = (cfg: OpenClawConfig, { log }: StartContext) => {
    const issues = issuesOf(cfg)
    if (issues.join() === announced) return
    announced = issues.join()
    for (const issue of issues) log?.warn(issue)
  }

  const start = async (context: StartContext) => {
    const { cfg, accountId: wanted, abortSignal, setStatus, log } = context
    const account = hostAccount(cfg, wanted)
    announce(cfg, context)
    let shown = ''
    const onStatus = (status: AccountStatus) => {
      const line = `${account.accountId} is ${status.state}: ${status.reason}`
      if (line !== shown) log?.info(line)
      shown = line
      setStatus(hostSnapshot(account, status))
    }
    const onCode = (url: string) =>
      log?.info(`Scan the code of this link with WeChat for ${account.accountId}: ${url}`)
    const config = usable.take(cfg, account.accountId)
    await guard?.()
    await accounts.run(account.accountId, config, abortSignal, { onStatus, onCode })
  }

  const logout = async (cfg: OpenClawConfig, wanted: string | null | undefined) => {
    const { accountId, config } = enabledAccount(cfg, wanted, usable)
    const letGo = await accounts.hold(accountId, config)
    try {
      const isKnown = (status: AccountStatus) => isLoggedIn(status) || status.qr !== undefined
      const status = await accounts.until(accountId, isKnown, logoutTimeoutMs)
      if (status === undefined || !isKnown(status))
        throw new MoltbotError('logout-failed', `not logged out: the account is ${status?.reason}`)
      const cleared = isLoggedIn(status)
      if (cleared) await accounts.channel.logout(accountId)
      return { cleared, loggedOut: true }
    } finally {
      await letGo(0)
    }
  }

  const plugin: OpenClawChannel = {
    id: hostChannelId,
    meta: {
      id: hostChannelId,
      label: 'WeChat (moltbot)',
      selectionLabel: 'WeChat by moltbot: iLink, groups and hosted puppets',
      docsPath: '/channels/wechaty',
      blurb: 'WeChat direct messages and groups through Wechaty puppets.',
    },
    capabilities: { chatTypes: ['direct', 'group'], media: true, blockStreaming: true, reply: true },
    reload: { configPrefixes: [`channels.${section}`], accountScopedRestart: true },
    config: {
      listAccountIds: accountIds,
      resolveAccount: hostAccount,
      defaultAccountId: defaultId,
      isEnabled: ({ enabled }) => enabled,
      isConfigured,
      isLinked: () => 'linked',
      unconfiguredReason: ({ problem }) => problem ?? '',
      describeAccount: (account) => ({
        ...hostSnapshot(account, undefined),
        configured: isConfigured(account),
      }),
    },
    pairing: {
      idLabel: 'weChatUserId',
      notifyApproval: async ({ cfg, id, accountId }) => {
        await accounts.channel.notifyApproved(idOf(cfg, accountId), senderOf(id))
      },
    },
    groups: {
      // The channel has decided before a message comes here.
      resolveRequireMention: () => false,
      resolveToolPolicy: ({ cfg, groupId, accountId, senderId }) =>
        groupPolicy(findAccount(cfg, accountId), groupId ?? '', senderId ?? ''),
    },
    messaging: {
      targetPrefixes: [hostChannelId, section],
      targetIdComparison: 'case-sensitive',
      normalizeTarget: (raw) => targetId(raw) || undefined,
      targetResolver: { looksLikeId: (raw) => targetId(raw) !== '', hint: '<id of a person or a group>' },
    },
    outbound: {
      deliveryMode: 'gateway',
      sendText: async (order) => sendOrder(accounts.channel, idOf(order.cfg, order.accountId), order),
      sendMedia: async (order) => sendOrder(accounts.channel, idOf(order.cfg, order.accountId), order),
    },
    status: {
      probeAccount: async ({ account: { accountId } }) => {
        try {
          await accounts.channel.probe(accountId)
          return { ok: true }
        } catch (error) {
          return { ok: false, error: messageOf(error) }
        }
      },
      buildAccountSnapshot: async ({ account, runtime: reported, probe }) => ({
        ...reported,
        ...hostSnapshot(account, await accounts.snapshot(account.accountId)),
        ...(probe !== undefined && { probe }),
      }),
      collectStatusIssues: (snapshots) => {
        const accountId = snapshots[0]?.accountId ?? defaultId(current())
        return issuesOf(current()).map((message) => ({
          channel: hostChannelId,
          accountId,
          kind: 'config',
          message,
        }))
      },
    },
    gateway: {
      startAccount: start,
      loginWithQrStart: (question) => logins.start(question),
      loginWithQrWait: (question) => logins.wait(question),
      logoutAccount: ({ cfg, accountId }) => logout(cfg, accountId),
    },
    directory: {
      self: async ({ cfg, accountId }) => {
        const id = (await accounts.snapshot(idOf(cfg, accountId)))?.userId
        return id === undefined ? null : { kind: 'user', id }
      },
      listPeers: async ({ cfg, accountId: wanted, ...query }) => {
        const accountId = idOf(cfg, wanted)
        const approved = await runtime.channel.pairing.readAllowFromStore({
          channel: hostChannelId,
          accountId,
        })
        return listPeople(findAccount(cfg, accountId), approved, query)
      },
      listGroups: async ({ cfg, accountId, ...query }) => listGroups(findAccount(cfg, accountId), query),
    },
    auth: {
      login: async ({ cfg, accountId: wanted, runtime: terminal }) => {
        const { accountId, config } = enabledAccount(cfg, wanted, usable)
        await guard?.()
        try {
          // Fails where the gateway has the channel's folder.
          const letGo = await accounts.hold(accountId, config)
          await loginInTerminal(logins, accountId, terminal).finally(() => letGo(0))
        } catch (error) {
          if (codeOf(error) !== 'locked') throw error
          await loginInTerminal(gatewayDesk(await modules.gateway()), accountId, terminal)
        } finally {
          logins.end()
          await accounts.close()
        }
      },
    },
    doctor: { collectPreviewWarnings: ({ cfg }) => issuesOf(cfg) },
  }
  const stop = async () => {
    logins.end()
    await accounts.close()
  }
  return {
    plugin,
    service: { id: hostChannelId, start: () => accounts.reopen(), stop },
    methods: deskMethods(() => accounts.channel),
  }
}

/** @throws where the account is disabled, or its configuration invalid */
function enabledAccount(cfg: OpenClawConfig, wanted: string | null | undefined, usable: UsableConfig) {
  const { accountId, enabled } = hostAccount(cfg, wanted)
  if (!enabled) throw new MoltbotError('account-disabled', `account "${accountId}" is disabled`)
  return { accountId, config: usable.take(cfg, accountId) }
}

/** For what the host does in a group by itself. A turn of the channel brings its own policy, and the narrower one holds. */
export function groupPolicy(
  account: ResolvedAccount | undefined,
  group: string,
  senderId: string,
): ToolPolicy {
  if (account === undefined) return noTools
  const conversationId =
    [...account.groups.keys()].find((id) => id === group || peerId(id) === group) ?? group
  const senders = [{ senderId, idStability: 'stable' as const }]
  return toolPolicyOf(toolScopes(account, { conversationKind: 'group', conversationId, senders })) ?? {}
}
