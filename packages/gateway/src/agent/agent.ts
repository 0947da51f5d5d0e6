/**
 * The embedded agent: reads the session, asks the configured model, keeps the exchange, hands out the reply.
 */

import { codeOf, type Logger, messageOf, type Turn } from '@moltbot/channel-sdk'
import { sessionKey } from '../sessions/session-key.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { ModelReply } from './call-model.ts'
import { aborted } from './failures.ts'
import { defaultSystemPrompt, messagesFor, userTextOf } from './prompt.ts'
import { echoModelName, loadModel, secretsOf } from './providers.ts'
import type { Agent, AgentConfig } from './types.ts'

export interface AgentOptions {
  readonly config: AgentConfig
  readonly sessions: SessionStore
  readonly log: Logger
  /** Milliseconds since the epoch. Defaults to the system's clock. */
  readonly now?: () => number
  /** How often a call is repeated after a failure that may pass. Defaults to 2. */
  readonly maxRetries?: number
}

export function createAgent(options: AgentOptions): Agent {
  const { sessions, log, now = Date.now, maxRetries = 2 } = options
  let { config } = options

  async function answer(turn: Turn, signal: AbortSignal): Promise<string> {
    const current = config
    const key = sessionKey(turn, current.session)
    const turnId = `${turn.accountId}/${turn.id}`
    const history = sessions.history(key, { userTurns: turn.historyLimit, exceptTurnId: turnId })
    const { text, truncated, warnings } = await ask(current, messagesFor(turn, history), {
      maxRetries,
      signal,
    })
    if (signal.aborted) throw aborted()
    if (truncated) log.warn({ turnId, model: current.model }, 'the token limit cut a reply off')
    if (warnings.length > 0) log.debug({ turnId, warnings }, 'the provider ignored a setting')
    sessions.saveTurn(key, { turnId, user: userTextOf(turn), assistant: text, atMs: now() })
    return text
  }

  return {
    async *runTurn(turn, signal) {
      const { accountId, id: turnId } = turn
      const text = await answer(turn, signal).catch((error: unknown) => {
        if (signal.aborted) throw aborted()
        log.error({ accountId, turnId, code: codeOf(error) }, messageOf(error))
        throw error
      })
      yield { text }
    },
    reconfigure: (next) => {
      config = next
    },
    warmUp: async () => {
      try {
        await Promise.all([import('./call-model.ts'), loadModel(config)])
        if (config.model === echoModelName)
          log.warn({}, 'builtin/echo is no assistant: it repeats what it is told')
      } catch (error) {
        log.warn({ code: codeOf(error) }, messageOf(error))
      }
    },
  }
}

async function ask(
  config: AgentConfig,
  messages: ReturnType<typeof messagesFor>,
  { maxRetries, signal }: { readonly maxRetries: number; readonly signal: AbortSignal },
): Promise<ModelReply> {
  const [{ callModel }, model] = await Promise.all([import('./call-model.ts'), loadModel(config)])
  return callModel({
    model,
    modelName: String(config.model),
    systemPrompt: config.systemPrompt ?? defaultSystemPrompt,
    messages,
    maxOutputTokens: config.maxOutputTokens,
    maxRetries,
    timeoutMs: config.turnTimeoutMs,
    signal,
    secrets: secretsOf(config),
  })
}
