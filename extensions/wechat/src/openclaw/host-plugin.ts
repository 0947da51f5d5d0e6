/**
 * What the plugin registers at OpenClaw: its channel, its service and its methods, in the host's shapes. See `host-api.ts`.
 */

import type { AccountState } from '@moltbot/channel-sdk'
import type { OpenClawConfig, PluginRuntime, ToolPolicy } from './host-api.ts'

export interface PluginApi {
  /** The folder of the plugin. */
  readonly rootDir: string
  readonly runtime: PluginRuntime
  registerChannel(registration: { readonly plugin: OpenClawChannel }): void
  /** The host stops its services before its channels. */
  registerService(service: HostService): void
  /** A method of the gateway's RPC. */
  registerGatewayMethod(
    name: string,
    handler: GatewayMethod['handle'],
    options: { readonly scope: 'operator.write' },
  ): void
}

export interface GatewayMethod {
  readonly name: string
  handle(call: {
    readonly params: Record<string, unknown>
    respond(ok: boolean, answer?: unknown, error?: { code: string; message: string }): void
  }): Promise<void>
}

export interface HostService {
  readonly id: string
  start(): void
  stop(): Promise<void>
}

/** What the host shows of an account. */
export interface HostSnapshot {
  accountId: string
  name?: string
  enabled?: boolean
  configured?: boolean
  running?: boolean
  connected?: boolean
  statusState?: string
  stateReason?: string
  lastError?: string | null
  lifecycle?: 'starting' | 'ready' | 'recovering' | 'blocked' | 'stopped'
  dmPolicy?: string
  mode?: string
  probe?: unknown
}

export interface HostAccount {
  readonly accountId: string
  readonly enabled: boolean
  /** Why the configuration cannot be used. */
  readonly problem?: string
  readonly dmPolicy?: string
  readonly name?: string
}

export interface StartContext {
  cfg: OpenClawConfig
  accountId: string
  abortSignal: AbortSignal
  setStatus(next: HostSnapshot): void
  /** Shown where the gateway runs; the log of the runtime is in a file. */
  log?: { info(message: string): void; warn(message: string): void }
}

export interface LoginQuestion {
  accountId?: string
  /** Log out first, so that another person can log in. */
  force?: boolean
  timeoutMs?: number
  /** The code that is shown already. */
  currentQrDataUrl?: string
}

/** The host knows the first three, and hands over the others as they are. */
export interface LoginAnswer {
  connected: boolean
  message: string
  qrDataUrl?: string
  /** The text of the code, for a terminal. */
  qrText?: string
  state: AccountState
}

export interface DirectoryQuery {
  query?: string | null
  limit?: number | null
}

export interface DirectoryEntry {
  kind: 'user' | 'group'
  id: string
}

export interface OutboundOrder {
  mediaLocalRoots?: readonly string[]
  /** The folder of the agent, for relative paths. */
  mediaAccess?: { readonly workspaceDir?: string }
  cfg: OpenClawConfig
  to: string
  text: string
  mediaUrl?: string
  accountId?: string | null
}

export interface OutboundResult {
  channel: string
  messageId: string
}

export interface StatusIssue {
  channel: string
  accountId: string
  kind: 'intent' | 'permissions' | 'config' | 'auth' | 'runtime'
  message: string
  fix?: string
}

export interface Terminal {
  log(...args: unknown[]): void
  error(...args: unknown[]): void
}

interface AccountQuestion {
  cfg: OpenClawConfig
  accountId?: string | null
}

export interface OpenClawChannel {
  id: string
  meta: {
    id: string
    label: string
    selectionLabel: string
    docsPath: string
    blurb: string
    aliases?: readonly string[]
  }
  capabilities: { chatTypes: ('direct' | 'group')[]; media: boolean; blockStreaming: boolean; reply: boolean }
  reload: { configPrefixes: string[]; accountScopedRestart: boolean }
  config: {
    listAccountIds(cfg: OpenClawConfig): string[]
    resolveAccount(cfg: OpenClawConfig, accountId?: string | null): HostAccount
    defaultAccountId(cfg: OpenClawConfig): string
    isEnabled(account: HostAccount): boolean
    isConfigured(account: HostAccount): boolean
    /** The host starts no account that it takes for "not-linked", and ours show their codes only while they run. */
    isLinked(): 'linked'
    unconfiguredReason(account: HostAccount): string
    describeAccount(account: HostAccount): HostSnapshot
  }
  pairing: {
    idLabel: string
    notifyApproval(approved: { cfg: OpenClawConfig; id: string; accountId?: string }): Promise<void>
  }
  groups: {
    resolveRequireMention(): boolean
    resolveToolPolicy(of: {
      cfg: OpenClawConfig
      groupId?: string | null
      accountId?: string | null
      senderId?: string | null
    }): ToolPolicy
  }
  messaging: {
    targetPrefixes: readonly string[]
    targetIdComparison: 'case-sensitive'
    normalizeTarget(raw: string): string | undefined
    targetResolver: { looksLikeId(raw: string): boolean; hint: string }
  }
  outbound: {
    deliveryMode: 'gateway'
    sendText(order: OutboundOrder): Promise<OutboundResult>
    sendMedia(order: OutboundOrder): Promise<OutboundResult>
  }
  status: {
    probeAccount(of: { account: HostAccount; timeoutMs: number }): Promise<unknown>
    buildAccountSnapshot(of: {
      account: HostAccount
      cfg: OpenClawConfig
      runtime?: HostSnapshot
      probe?: unknown
    }): Promise<HostSnapshot>
    collectStatusIssues(accounts: HostSnapshot[]): StatusIssue[]
  }
  gateway: {
    startAccount(context: StartContext): Promise<void>
    loginWithQrStart(question: LoginQuestion): Promise<LoginAnswer>
    loginWithQrWait(question: LoginQuestion): Promise<LoginAnswer>
    logoutAccount(of: AccountQuestion): Promise<{ cleared: boolean; loggedOut: boolean }>
  }
  directory: {
    self(of: AccountQuestion): Promise<DirectoryEntry | null>
    listPeers(of: AccountQuestion & DirectoryQuery): Promise<DirectoryEntry[]>
    listGroups(of: AccountQuestion & DirectoryQuery): Promise<DirectoryEntry[]>
  }
  auth: { login(of: AccountQuestion & { runtime: Terminal }): Promise<void> }
  doctor: { collectPreviewWarnings(of: { cfg: OpenClawConfig }): string[] }
}
