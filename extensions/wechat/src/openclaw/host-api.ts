/**
 * What this channel uses of OpenClaw: its runtime, and three of its modules, which the door imports by their public
 * subpaths. The shapes are written down because most type files of the host have names that change with every release. `npm run test:openclaw` compiles them against the types of the pinned host, `npm run openclaw:drift`
 * against those of another version.
 */

/** The configuration of the host. Only what matters here; the host does not check `channels`. */
export interface OpenClawConfig {
  readonly channels?: object
  readonly session?: {
    readonly dmScope?: 'main' | 'per-peer' | 'per-channel-peer' | 'per-account-channel-peer'
  }
  readonly messages?: { readonly inbound?: { readonly debounceMs?: number } }
}

interface AgentList {
  readonly list?: readonly { readonly id: string }[]
}

/** `openclaw/plugin-sdk/runtime`. A handler returns whether it has handled the error; else the process ends. */
export interface HostProcess {
  registerUnhandledRejectionHandler(handler: (reason: unknown) => boolean): unknown
  registerUncaughtExceptionHandler(handler: (error: unknown) => boolean): unknown
}

/** `openclaw/plugin-sdk/gateway-runtime`, for commands of the host that run in a process of their own. */
export interface HostGateway {
  callGatewayFromCli(
    method: string,
    options: { readonly timeout?: string },
    params: object,
    extra: { readonly progress: boolean },
  ): Promise<object>
}

/** `openclaw/plugin-sdk/media-runtime` */
export interface HostMedia {
  /** A data URL with a PNG. */
  renderQrPngDataUrl(text: string): Promise<string>
}

/** Modules of the host. They are imported by the plugin's door, since only from there the host's loader finds them. */
export interface HostModules {
  process(): Promise<HostProcess>
  gateway(): Promise<HostGateway>
  media(): Promise<HostMedia>
}

export interface PluginRuntime {
  readonly version: string
  readonly config: { current(): OpenClawConfig & { readonly agents?: AgentList } }
  readonly state: { resolveStateDir(): string }
  readonly logging: { getChildLogger(bindings: Record<string, unknown>): RuntimeLogger }
  readonly agent: {
    resolveAgentWorkspaceDir(cfg: OpenClawConfig, agentId: string): string
    readonly session: {
      listSessionEntries(of: { agentId: string }): readonly { sessionKey: string; entry: SessionEntry }[]
      /** `update` returns what to change; null: nothing. */
      patchSessionEntry(patch: {
        agentId: string
        sessionKey: string
        update(entry: SessionEntry): { status: 'killed'; abortedLastRun: false } | null
      }): Promise<unknown>
    }
  }
  readonly events: { onAgentEvent(listener: (event: AgentEvent) => void): () => void }
  readonly channel: ChannelRuntime
}

export interface ChannelRuntime {
  readonly routing: { resolveAgentRoute(question: RouteQuestion): AgentRoute }
  readonly pairing: {
    readAllowFromStore(of: { channel: string; accountId: string }): Promise<string[]>
    /** `code` is empty where the account has as many requests as it may have. */
    upsertPairingRequest(request: PairingRequest): Promise<{ code: string; created: boolean }>
  }
  readonly media: {
    saveMediaBuffer(
      buffer: Buffer,
      contentType?: string,
      subdir?: string,
      maxBytes?: number,
      originalFilename?: string,
    ): Promise<{ path: string; contentType?: string }>
  }
  readonly inbound: {
    buildContext(facts: InboundFacts): object
    dispatch(plan: DispatchPlan): Promise<unknown>
  }
}

export interface RuntimeLogger {
  debug?(message: string, meta?: Record<string, unknown>): void
  info(message: string, meta?: Record<string, unknown>): void
  warn(message: string, meta?: Record<string, unknown>): void
  error(message: string, meta?: Record<string, unknown>): void
}

/** How the last run of a session ended. The host resumes those that were running when it was killed. */
export interface SessionEntry {
  status?: 'queued' | 'running' | 'interrupted' | 'done' | 'failed' | 'killed' | 'timeout'
  abortedLastRun?: boolean
}

export interface AgentEvent {
  readonly runId: string
  readonly stream: string
  readonly data: Record<string, unknown>
}

export interface RouteQuestion {
  cfg: OpenClawConfig
  channel: string
  accountId: string
  peer: { kind: 'direct' | 'group'; id: string }
}

export interface AgentRoute {
  agentId: string
  sessionKey: string
  mainSessionKey: string
}

export interface PairingRequest {
  channel: string
  accountId: string
  id: string
  meta?: Record<string, string>
}

/** `allow` absent: every tool. The host takes an empty `allow` for every tool too, so it is never used for "none". */
export interface ToolPolicy {
  allow?: string[]
  deny?: string[]
}

/** An entry is shown to the model as data, in JSON, apart from the instructions. */
export interface StructuredContext {
  label: string
  payload: unknown
}

export interface InboundMedia {
  path: string
  contentType: string
  kind: 'image' | 'video' | 'audio' | 'document'
  fileName: string
}

export interface InboundFacts {
  channel: string
  accountId: string
  timestamp: number
  from: string
  sender: { id: string; name?: string }
  conversation: { kind: 'direct' | 'group'; id: string }
  route: { agentId: string; accountId: string; routeSessionKey: string; mainSessionKey: string }
  reply: { to: string; originatingTo: string }
  message: { body: string; rawBody: string; bodyForAgent: string; commandBody: string }
  access: {
    commands: { authorized: boolean }
    mentions: { canDetectMention: boolean; wasMentioned: boolean }
    toolPolicy?: ToolPolicy
  }
  media: InboundMedia[]
  supplemental: { channelStructuredContext: StructuredContext[]; groupSystemPrompt?: string }
  /** Who may write was decided by this channel, not by the host's own gate. */
  channelIngress: 'unsupported'
}

export interface ReplyPayload {
  text?: string
  mediaUrl?: string
  mediaUrls?: string[]
  isError?: boolean
  isReasoning?: boolean
  isCommentary?: boolean
  isStatusNotice?: boolean
  isCompactionNotice?: boolean
  isFallbackNotice?: boolean
}

export interface DispatchPlan {
  cfg: OpenClawConfig
  channel: string
  accountId: string
  route: { agentId: string; sessionKey: string }
  ctxPayload: object
  replyOptions: {
    runId: string
    abortSignal: AbortSignal
    disableBlockStreaming: boolean
    disableTools: boolean
  }
  delivery: {
    deliver(payload: ReplyPayload, info: { kind: 'tool' | 'block' | 'final' }): Promise<void>
    onError(error: unknown): void
  }
}
