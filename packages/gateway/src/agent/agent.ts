/**
 * The embedded agent: reads the session, asks the configured model, keeps the exchange, hands out the reply.
 */

import {
  codeOf,
  type Logger,
  messageOf,
  type ReplyPiece,
  type ReplyMedia,
  type Turn,
} from '@moltbot/channel-sdk'
import { sessionKey } from '../sessions/session-key.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import { runTool } from '../tools/run-tool.ts'
import type { AgentTool } from '../tools/tool.ts'
import { narrow, unknownPatterns } from '../tools/tool-scope.ts'
import type { Toolbox } from '../tools/toolbox.ts'
import type { ModelCall, ModelReply } from './call-model.ts'
import { aborted, emptyReply, redact } from './failures.ts'
import { readFiles } from './files.ts'
import { createPieces } from './pieces.ts'
import { defaultSystemPrompt, filesOf, promptFor, userTextOf } from './prompt.ts'
import { echoModelName, loadModel, secretsOf, takes } from './providers.ts'
import { withTranscripts } from './transcripts.ts'
import {
  type Agent,
  type AgentConfig,
  type AgentEvent,
  defaultMaxToolSteps,
  defaultMaxTurnTokens,
} from './types.ts'

export interface AgentOptions {
  readonly config: AgentConfig
  readonly sessions: SessionStore
  readonly toolbox: Toolbox
  readonly log: Logger
  /** Milliseconds since the epoch. Defaults to the system's clock. */
  readonly now?: () => number
  /** How often a call is repeated after a failure that may pass. Defaults to 2. */
  readonly maxRetries?: number
  /** Hears what is counted, each time with whose turn it was. Defaults to nobody. */
  readonly report?: (of: Pick<Turn, 'channelId' | 'accountId'>, event: AgentEvent) => void
}

/** Files of one reply. */
const maxAttached = 10
/** Names that are reported; more than a configuration's worth of mistakes says nothing more. */
const maxUnknownTools = 1_000

/** A turn that is on its way. */
interface Run {
  /** Its voices in words, as soon as they are transcribed. */
  turn: Turn
  readonly config: AgentConfig
  readonly sessionKey: string
  /** The turn's id within the session, which several accounts may share. */
  readonly turnId: string
  /** Fires when the turn is stopped, or nobody wants the rest of its reply. */
  readonly signal: AbortSignal
  /** Files that tools sent with the reply. */
  readonly attached: ReplyMedia[]
  /** Its session was reset meanwhile. */
  forgotten: boolean
}

function withMedia(text: string, { attached }: Run): ReplyPiece {
  return { text, ...(attached.length > 0 && { media: attached }) }
}

export function createAgent(options: AgentOptions): Agent {
  const { sessions, toolbox, log, now = Date.now, maxRetries = 2, report = () => {} } = options
  let { config } = options
  const running = new Set<Run>()
  const unknownTools = new Set<string>()

  async function prepare(run: Run): Promise<ModelCall> {
    const { turn, config, turnId, signal } = run
    const query = { userTurns: turn.historyLimit, exceptTurnId: turnId }
    const { system, messages } = promptFor({
      turn,
      history: sessions.history(run.sessionKey, query),
      files: await readFiles(filesOf(turn), {
        takesImages: takes('image', config),
        takesVoices: takes('audio', config),
        onUnreadable: ({ path }, error) =>
          log.warn({ turnId, path }, `a file of a turn: ${messageOf(error)}`),
      }),
      system: config.systemPrompt ?? defaultSystemPrompt,
    })
    const scopes = [config.tools ?? {}, ...(turn.tools ?? [])]
    const tools = await toolbox.tools()
    reportUnknown(config, tools)
    return {
      model: await loadModel(config),
      modelName: String(config.model),
      systemPrompt: system,
      messages,
      tools: narrow(tools, scopes),
      runTool: (tool, input, signal) => callTool(run, tool, input, signal),
      maxToolSteps: config.maxToolSteps ?? defaultMaxToolSteps,
      maxTurnTokens: config.maxTurnTokens ?? defaultMaxTurnTokens,
      maxOutputTokens: config.maxOutputTokens,
      maxRetries,
      timeoutMs: config.turnTimeoutMs,
      signal,
      secrets: secretsOf(config),
      onTokens: (tokens) => report(turn, { type: 'tokens', ...tokens }),
    }
  }

  /**
   * Once each. A name that no tool bears gives nobody anything, but may fail to take something away. The scopes of a
   * turn are the channel's to check: it knows where they stand.
   */
  function reportUnknown({ tools: scope = {} }: AgentConfig, tools: readonly AgentTool[]): void {
    const names = tools.map(({ name }) => name)
    const unknown = unknownPatterns([scope], names).filter(
      (pattern) => !unknownTools.has(pattern) && !toolbox.away().some((prefix) => pattern.startsWith(prefix)),
    )
    if (unknown.length === 0 || unknownTools.size >= maxUnknownTools) return
    for (const pattern of unknown) unknownTools.add(pattern)
    log.warn({ event: 'tools.unknown', tools: unknown }, `no tool is called ${unknown.join(', ')}`)
  }

  /** @throws with a message for the model. */
  async function callTool(run: Run, tool: AgentTool, input: unknown, signal: AbortSignal): Promise<string> {
    const attach = (media: ReplyMedia) => {
      if (run.attached.length >= maxAttached) throw new Error(`a reply has ${maxAttached} files at most`)
      run.attached.push(media)
    }
    const count = (outcome: 'ok' | 'failed' | 'stopped') =>
      report(run.turn, { type: 'tool', tool: tool.countedAs, outcome })
    try {
      const result = await runTool(tool, input, { signal, attach, maxFileBytes: run.turn.maxFileBytes })
      count('ok')
      return result
    } catch (error) {
      count(signal.aborted ? 'stopped' : 'failed')
      const message = redact(messageOf(error), secretsOf(run.config))
      if (!signal.aborted) log.warn({ turnId: run.turnId, tool: tool.name }, `a tool failed: ${message}`)
      throw new Error(message)
    }
  }

  function keep(run: Run, { text, finishReason, warnings }: ModelReply): void {
    const { turn, turnId, config } = run
    if (run.signal.aborted) throw aborted()
    if (text === '' && run.attached.length === 0) throw emptyReply(String(config.model), finishReason)
    if (finishReason === 'length')
      log.warn({ turnId, model: config.model }, 'the token limit cut a reply off')
    if (warnings.length > 0) log.debug({ turnId, warnings }, 'the provider ignored a setting')
    if (!run.forgotten)
      sessions.saveTurn(run.sessionKey, { turnId, user: userTextOf(turn), assistant: text, atMs: now() })
    report(turn, { type: 'model', outcome: 'ok' })
  }

  async function* answer(run: Run): AsyncGenerator<ReplyPiece> {
    run.turn = await withTranscripts(run.turn, { config: run.config, maxRetries, signal: run.signal, log })
    const [{ callModel, streamModel }, call] = await Promise.all([import('./call-model.ts'), prepare(run)])
    if (run.turn.blocks) return yield* answerInBlocks(run, streamModel(call))
    const reply = await callModel(call)
    keep(run, reply)
    yield withMedia(reply.text, run)
  }

  async function* answerInBlocks(
    run: Run,
    stream: AsyncGenerator<string, ModelReply>,
  ): AsyncGenerator<ReplyPiece> {
    const pieces = createPieces()
    let next = await stream.next()
    for (; !next.done; next = await stream.next()) {
      for (const text of pieces.push(next.value)) yield { text }
    }
    keep(run, { ...next.value, text: next.value.text.trim() })
    const text = pieces.end()
    if (text !== '' || run.attached.length > 0) yield withMedia(text, run)
  }

  return {
    async *runTurn(turn, signal) {
      const { accountId, id } = turn
      const left = new AbortController()
      const run: Run = {
        turn,
        config,
        sessionKey: sessionKey(turn, config.session),
        turnId: `${accountId}/${id}`,
        signal: AbortSignal.any([signal, left.signal]),
        attached: [],
        forgotten: false,
      }
      running.add(run)
      try {
        if (signal.aborted) throw aborted()
        yield* answer(run)
      } catch (error) {
        report(turn, { type: 'model', outcome: signal.aborted ? 'stopped' : codeOf(error) })
        if (signal.aborted) throw aborted()
        log.error({ accountId, turnId: id, code: codeOf(error) }, messageOf(error))
        throw error
      } finally {
        left.abort()
        running.delete(run)
      }
    },
    resetSession: (place) => {
      const key = sessionKey(place, config.session)
      sessions.reset(key)
      for (const run of running) if (run.sessionKey === key) run.forgotten = true
    },
    reconfigure: (next) => {
      config = next
    },
    warmUp: async () => {
      try {
        reportUnknown(config, await toolbox.tools())
        await Promise.all([import('./call-model.ts'), loadModel(config)])
        if (config.model === echoModelName)
          log.warn({}, 'builtin/echo is no assistant: it repeats what it is told')
      } catch (error) {
        log.warn({ code: codeOf(error) }, messageOf(error))
      }
    },
  }
}
