/**
 * The WeChat channel as OpenClaw knows a channel: its configuration, its accounts and its commands. Each member does little
 * more than call the channel, and none lets an error of ours into the host other than as the answer to its question.
 */

import { join } from 'node:path'
import { type AccountStatus, type ChannelPlugin, codeOf, messageOf } from '@moltbot/channel-sdk'
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
  validConfig,
} from './config.ts'
import { guardRejections } from './guard.ts'
import type {
  HostAccount,
  HostSnapshot,
  OpenClawChannel,
  PluginApi,
  PluginRuntime,
  StartContext,
  ToolPolicy,
} from './host-api.ts'
import { hostChannelId, peerId, senderOf, targetId } from './ids.ts'
import { LoginFile, loginAnswer, showLogin } from './login.ts'
import { sendOrder } from './outbound.ts'
import { noTools, toolPolicyOf } from './prompt.ts'

const qrTimeoutMs = 20_000

export interface PluginOptions {
  readonly runtime: PluginRuntime
  /** What runs the accounts. Defaults to this channel; the host contract's suite brings one of its own. */
  readonly create?: ChannelPlugin<WechatConfig>['create']
}

export function register({ runtime, rootDir, registerChannel }: PluginApi): void {
  const log = runtime.logging.getChildLogger({ channel: 'wechat' })
  registerChannel({ plugin: openClawChannel({ runtime }) })
  void guardRejections(rootDir, (message) => log.error(message))
}

export function openClawChannel({ runtime, create = createChannel }: PluginOptions): OpenClawChannel {
  const stateDir = runtime.state.resolveStateDir()
  const accounts = new Accounts({ runtime, stateDir, plugin: { create } })
  const loginFile = new LoginFile(join(stateDir, 'moltbot', 'login.json'))

  const start = async ({ cfg, accountId: id, abortSignal, setStatus, log }: StartContext) => {
    const { accountId } = hostAccount(cfg, id)
    const onStatus = (status: AccountStatus) => {
      loginFile.write(accountId, status)
      log?.info(`${accountId} is ${status.state}: ${status.reason}`)
      setStatus(hostSnapshot({ ...hostAccount(cfg, id), accountId: id }, status))
    }
    const onCode = (url: string) =>
      log?.info(`Scan the code of this link with WeChat for ${accountId}: ${url}`)
    await accounts.run(accountId, validConfig(cfg), abortSignal, { onStatus, onCode })
  }

  return {
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
      isConfigured: ({ problem }) => problem === undefined,
      unconfiguredReason: ({ problem }) => problem ?? '',
      describeAccount: (account) => hostSnapshot(account, undefined),
    },
    pairing: {
      idLabel: 'weChatUserId',
      notifyApproval: async ({ cfg, id, accountId }) => {
        await accounts.channel.notifyApproved(hostAccount(cfg, accountId).accountId, senderOf(id))
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
      sendText: (order) =>
        sendOrder(accounts.channel, hostAccount(order.cfg, order.accountId).accountId, order),
      sendMedia: (order) =>
        sendOrder(accounts.channel, hostAccount(order.cfg, order.accountId).accountId, order),
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
        const accountId = snapshots[0]?.accountId ?? defaultId(runtime.config.current())
        return configIssues(runtime.config.current()).map((message) => ({
          channel: hostChannelId,
          accountId,
          kind: 'config',
          message,
        }))
      },
    },
    gateway: {
      startAccount: start,
      loginWithQrStart: async ({ accountId, timeoutMs = qrTimeoutMs }) => {
        const id = hostAccount(runtime.config.current(), accountId).accountId
        const isShown = ({ qr, state }: AccountStatus) => qr !== undefined || state === 'online'
        return loginAnswer(await accounts.until(id, isShown, timeoutMs))
      },
      loginWithQrWait: async ({ accountId, timeoutMs = qrTimeoutMs }) => {
        const id = hostAccount(runtime.config.current(), accountId).accountId
        return loginAnswer(await accounts.until(id, ({ state }) => state === 'online', timeoutMs))
      },
      logoutAccount: async ({ accountId }) => {
        await accounts.channel.logout(hostAccount(runtime.config.current(), accountId).accountId)
        return { cleared: true, loggedOut: true }
      },
    },
    auth: {
      login: async ({ cfg, accountId, runtime: terminal }) => {
        const { accountId: id } = hostAccount(cfg, accountId)
        const stop = new AbortController()
        let here: AccountStatus | undefined
        const onStatus = (status: AccountStatus) => {
          here = status
        }
        const running = accounts.run(id, validConfig(cfg), stop.signal, { onStatus })
        // Where the gateway runs, it holds the lock and the account; its codes are shown.
        let isElsewhere = false
        running.catch((error: unknown) => {
          isElsewhere = codeOf(error) === 'locked'
        })
        try {
          await showLogin(() => (isElsewhere ? loginFile.read(id) : here), terminal)
        } finally {
          stop.abort()
          await running.catch((error: unknown) => {
            if (codeOf(error) !== 'locked') throw error
          })
        }
      },
    },
    doctor: { collectPreviewWarnings: ({ cfg }) => configIssues(cfg) },
  }
}

function hostSnapshot(account: HostAccount, status: AccountStatus | undefined): HostSnapshot {
  const { accountId, enabled, problem, dmPolicy, name } = account
  const { state = 'idle', reason } = status ?? {}
  const isOnline = state === 'online' || state === 'degraded'
  return {
    accountId,
    enabled,
    configured: problem === undefined,
    running: status !== undefined && state !== 'idle' && state !== 'disabled',
    connected: isOnline,
    statusState: state,
    lastError: problem ?? (isOnline || state === 'idle' || state === 'starting' ? null : (reason ?? null)),
    lifecycle: lifecycles[state],
    ...(reason !== undefined && { stateReason: reason }),
    ...(name !== undefined && { name }),
    ...(dmPolicy !== undefined && { dmPolicy }),
    ...(status !== undefined && { mode: status.puppet }),
  }
}

const lifecycles = {
  idle: 'stopped',
  starting: 'starting',
  scan: 'blocked',
  online: 'ready',
  degraded: 'ready',
  reconnecting: 'recovering',
  'logged-out': 'blocked',
  failed: 'blocked',
  disabled: 'stopped',
} as const

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
