/**
 * Keys of OpenClaw that this gateway has no use for, so that one file can serve both hosts: reported once, then left out.
 * From the configuration schema of openclaw 2026.9.6, and root keys of earlier releases. Keys that restrict tools
 * are not among them: ignoring a restriction would widen it.
 */

import type { ConfigProblem } from './config-error.ts'
import type { Located } from './located.ts'
import { type ConfigPath, formatPath } from './located.ts'

/** Message for each of them. */
export const notUsed = 'a key of OpenClaw that this gateway does not use'

/** By the path of the object that holds them; `*` is any key. */
const foreignKeys: ReadonlyMap<string, readonly string[]> = new Map([
  [
    '',
    words(
      'accessGroups acp approvals attachments audio auth bindings broadcast browser canvasHost cli cloudWorkers commands',
      'cron desktop diagnostics discovery env hooks memory meta nodeHost plugins proxy secrets security skills',
      'surfaces talk telemetry transcripts tts ui update web wizard worktreeAcceleration worktreeRoot',
    ),
  ],
  [
    'gateway',
    words(
      'allowRealIpFallback auth cliAgents controlUi customBindHost http mode nodes portals publicOrigin push reload',
      'remote roles tailscale terminal tls trustedProxies',
    ),
  ],
  [
    'agents.defaults',
    words(
      'authInheritance blockStreamingBreak blockStreamingChunk blockStreamingCoalesce blockStreamingDefault',
      'bootstrapMaxChars bootstrapTotalMaxChars compaction contextInjection contextLimits contextPruning cwd',
      'decisionModel elevatedDefault embeddedAgent experimental fastModeDefault heartbeat humanDelay',
      'imageMaxDimensionPx imageModel imageQuality maxConcurrent mediaMaxMb mediaModels modelPolicy',
      'modelSelectionScope models params pdfMaxMb pdfMaxPages pdfModel reasoningDefault repoRoot sandbox',
      'sessionStore silentReply skills skipBootstrap skipOptionalBootstrapFiles startupContext subagents systemAgent',
      'thinkingDefault toolProgressDetail typingIntervalSeconds typingMode userTimezone utilityModel verboseDefault',
      'voiceModel',
    ),
  ],
  ['agents.defaults.model', words('fallbacks')],
  ['models', words('catalogRefresh mode')],
  [
    'models.providers.*',
    words(
      'agentRuntime auth authHeader injectNumCtxForOpenAICompat localService maxTokens params region request timeoutSeconds',
    ),
  ],
  [
    'messages',
    words(
      'ackReaction ackReactionScope groupChat queue responsePrefix responseUsage statusReactions usageTemplate visibleReplies',
    ),
  ],
  ['messages.inbound', words('byChannel')],
  ['media', words('preserveFilenames ttlHours')],
  ['tools.media', words('asyncCompletion concurrency image models video')],
  ['tools.media.audio', words('attachments echoFormat echoTranscript maxChars prompt')],
  [
    'session',
    words(
      'groupScope mainKey maintenance notifyOnCreate reset resetByChannel resetByType resetTriggers scope sendPolicy',
      'sharing store threadBindings',
    ),
  ],
  [
    // Not `defaults`: it may restrict who is heard.
    'channels',
    words(
      'bluebubbles discord feishu googlechat imessage irc line matrix mattermost modelByChannel msteams nextcloud-talk',
      'nostr openclaw-weixin qqbot signal slack synology-chat telegram tlon twitch webchat whatsapp zalo zalouser',
    ),
  ],
  ['logging', words('audit consoleLevel consoleStyle redactPatterns redactSensitive')],
])

/** Those that the object at `path` may have. */
export function foreignKeysAt(path: ConfigPath): string[] {
  return path[0] === 'channels' && path.length > 1 ? [] : [...(foreignKeys.get(patternOf(path)) ?? [])]
}

/** The configuration without them, and a warning for each. */
export function withoutForeignKeys(root: Located): { root: Located; warnings: ConfigProblem[] } {
  const warnings: ConfigProblem[] = []
  return { root: strip(root, [], warnings), warnings }
}

function strip(node: Located, path: ConfigPath, warnings: ConfigProblem[]): Located {
  if (node.kind !== 'object') return node
  // Which channels are foreign depends on those that are installed.
  const foreign = path[0] === 'channels' ? [] : foreignKeysAt(path)
  const entries = new Map(node.entries)
  for (const [key, entry] of node.entries) {
    const at = [...path, key]
    if (foreign.includes(key)) {
      entries.delete(key)
      warnings.push({ ...entry.keyPlace, path: formatPath(at), message: notUsed, severity: 'warning' })
    } else {
      entries.set(key, { ...entry, node: strip(entry.node, at, warnings) })
    }
  }
  return { ...node, entries }
}

function patternOf(path: ConfigPath): string {
  const isProvider = path.length === 3 && path[0] === 'models' && path[1] === 'providers'
  return isProvider ? 'models.providers.*' : path.join('.')
}

function words(...lines: string[]): string[] {
  return lines.flatMap((line) => line.split(' '))
}
