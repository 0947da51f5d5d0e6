/**
 * The embedded agent: reads the session, asks the configured model, stores the exchange, hands over the reply.
 */

import { tmpdir } from 'node:os'
import {
  codeOf,
  DiskBudget,
  type LeftOut,
  type Logger,
  messageOf,
  narrow,
  type ReplyPiece,
  type Turn,
} from '@moltbot/channel-sdk'
import type { KeptFiles } from '../files/kept-files.ts'
import { ProducedFiles } from '../files/produced-files.ts'
import { filesOf, filesOfTurn, type TurnFiles } from '../files/turn-files.ts'
import { TurnFolder } from '../files/turn-folder.ts'
import { TurnMemory, turnsMemory } from '../files/turn-memory.ts'
import type { ModelCall, ModelReply } from '../model/call-model.ts'
import { aborted, cutNotices } from '../model/failures.ts'
import { LatestLeftOut } from '../model/left-out.ts'
import { ConfiguredModels, echoModelName } from '../model/providers.ts'
import { type SessionPlace, sessionKey } from '../sessions/session-key.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { Toolbox } from '../tools/toolbox.ts'
import { Exchanges, type RunningTurn } from './exchanges.ts'
import { defaultSystemPrompt, promptFor } from './prompt.ts'
import { withTranscripts } from './transcripts.ts'
import { filesSent, type ToolUse, TurnTools } from './turn-tools.ts'
import {
  type Agent,
  type AgentConfig,
  defaultMaxToolSteps,
  defaultMaxTurnTokens,
  type ReportEvent,
} from './types.ts'

export interface AgentOptions {
  readonly config: AgentConfig
  readonly sessions: SessionStore
  readonly toolbox: Toolbox
  /** Files of earlier turns. Absent: no file outlives its turn. */
  readonly keptFiles?: KeptFiles
  /** An existing private folder for the files of running turns. Defaults to the system's temporary folder. */
  readonly turnsFolder?: string
  /** Room for those files. Defaults to room without end. */
  readonly disk?: DiskBudget
  readonly log: Logger
  /** Milliseconds since the epoch. Defaults to the system's clock. */
  readonly now?: () => number
  /** How often a call is repeated after a failure that may pass. Defaults to 2. */
  readonly maxRetries?: number
  /** Called with what is counted, and whose turn it was. */
  readonly report?: ReportEvent
}

/** A turn that is on its way. */
interface Run extends RunningTurn, ToolUse {
  /** Its voices as text, as soon as they are transcribed. */
  turn: Turn
  readonly config: AgentConfig
  readonly models: ConfiguredModels
  /** Aborts when the turn or the agent is stopped, or its channel stops reading the reply. */
  readonly over: AbortController
  readonly attached: ToolUse['attached']
  /** The memory of its files. */
  readonly memory: TurnMemory
  /** Text that was handed over so far. */
  shown: string
  /** Its session was reset meanwhile. */
  forgotten: boolean
}

export function createAgent(options: AgentOptions): Agent {
  return new EmbeddedAgent(options)
}

class EmbeddedAgent implements Agent {
  readonly #sessions: SessionStore
  readonly #exchanges: Exchanges
  readonly #tools: TurnTools
  readonly #keptFiles: KeptFiles | undefined
  readonly #turnsFolder: string
  readonly #disk: DiskBudget
  readonly #log: Logger
  readonly #now: () => number
  readonly #maxRetries: number
  readonly #report: ReportEvent
  #config: AgentConfig
  /** Of {@link #config}. */
  #models: ConfiguredModels
  readonly #running = new Set<Run>()
  readonly #leftOut = new LatestLeftOut()
  #stopped = false

  constructor(options: AgentOptions) {
    const { config, sessions, toolbox, keptFiles, turnsFolder, disk, log, now, maxRetries, report } = options
    this.#config = config
    this.#models = new ConfiguredModels(config, log)
    this.#sessions = sessions
    this.#keptFiles = keptFiles
    this.#turnsFolder = turnsFolder ?? tmpdir()
    this.#disk = disk ?? new DiskBudget()
    this.#log = log
    this.#now = now ?? Date.now
    this.#exchanges = new Exchanges(sessions, log, this.#now)
    this.#maxRetries = maxRetries ?? 2
    this.#report = report ?? (() => undefined)
    this.#tools = new TurnTools({ toolbox, log, report: this.#report })
  }

  async *runTurn(turn: Turn, signal: AbortSignal): AsyncGenerator<ReplyPiece> {
    if (signal.aborted || this.#stopped) throw aborted()
    const run = this.#begin(turn)
    const onAbort = () => run.over.abort(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    let isWhole = false
    try {
      yield* this.#answer(run)
      isWhole = true
    } catch (error) {
      const isStopped = run.over.signal.aborted
      this.#report(turn, { type: 'model', outcome: isStopped ? 'stopped' : codeOf(error) })
      if (isStopped) throw aborted()
      this.#log.error({ accountId: turn.accountId, turnId: turn.id, code: codeOf(error) }, messageOf(error))
      if (!this.#stopped) await this.#exchanges.failed(run)
      throw error
    } finally {
      signal.removeEventListener('abort', onAbort)
      if (!isWhole) run.over.abort() // The channel may have stopped reading.
      await run.folder.dispose()
      run.memory.giveBack()
      this.#running.delete(run)
    }
  }

  noteCutOff(turn: Turn, said: string): Promise<void> {
    const key = sessionKey(turn, this.#config.session)
    return this.#exchanges.cutOff({ turn, sessionKey: key, turnId: turnIdOf(turn) }, said)
  }

  async resetSession(place: SessionPlace): Promise<void> {
    const key = sessionKey(place, this.#config.session)
    for (const run of this.#running) if (run.sessionKey === key) run.forgotten = true
    this.#leftOut.note(key, undefined)
    await Promise.all([this.#sessions.reset(key), this.#keptFiles?.forget(key)])
  }

  leftOut(place: SessionPlace): LeftOut | undefined {
    return this.#leftOut.of(sessionKey(place, this.#config.session))
  }

  warnings(): string[] {
    return this.#models.learnt.notes()
  }

  reconfigure(config: AgentConfig): void {
    this.#config = config
    this.#models = new ConfiguredModels(config, this.#log)
  }

  async warmUp(): Promise<void> {
    const [config, models] = [this.#config, this.#models]
    try {
      await Promise.all([import('../model/call-model.ts'), models.model()])
      await this.#tools.available(config)
      if (this.#stopped) return
      if (config.model === echoModelName)
        this.#log.info({}, 'The model builtin/echo is no assistant: it repeats every message')
    } catch (error) {
      if (!this.#stopped) this.#log.warn({ code: codeOf(error) }, messageOf(error))
    }
  }

  stop(): void {
    this.#stopped = true
    for (const run of this.#running) run.over.abort()
  }

  #begin(turn: Turn): Run {
    const { accountId, id, attempt } = turn
    const folder = new TurnFolder(this.#turnsFolder, this.#disk)
    const over = new AbortController()
    const memory = new TurnMemory(turnsMemory, over.signal)
    const run: Run = {
      turn,
      config: this.#config,
      models: this.#models,
      sessionKey: sessionKey(turn, this.#config.session),
      turnId: turnIdOf(turn),
      over,
      attached: [],
      toolCalls: 0,
      copies: 0,
      folder,
      memory,
      produced: new ProducedFiles({
        folder,
        memory,
        takesImages: this.#models.learnt.takesImages,
        signal: over.signal,
      }),
      shown: '',
      forgotten: false,
    }
    this.#running.add(run)
    if (attempt > 1) {
      this.#log.info(
        { event: 'turn.again', accountId, turnId: id, attempt },
        'A turn that was cut off runs again',
      )
      this.#report(turn, { type: 'again' })
    }
    return run
  }

  async *#answer(run: Run): AsyncGenerator<ReplyPiece> {
    const { config, models } = run
    run.turn = await withTranscripts(run.turn, {
      transcription: config.transcription,
      models,
      maxRetries: this.#maxRetries,
      memory: run.memory,
      signal: run.over.signal,
      log: this.#log,
    })
    const [{ streamModel }, call] = await Promise.all([import('../model/call-model.ts'), this.#prepare(run)])
    const isWhole = run.turn.blocks !== true
    const pieces = this.#piecesOf(run, streamModel(call, isWhole))
    if (!isWhole) return yield* pieces
    const whole: ReplyPiece[] = []
    for await (const piece of pieces) whole.push(piece)
    yield joined(whole)
  }

  /** Yields text as the model writes it, without white space around the whole, and at the end what goes with it. */
  async *#piecesOf(run: Run, stream: AsyncGenerator<string, ModelReply>): AsyncGenerator<ReplyPiece> {
    let held = ''
    let next: IteratorResult<string, ModelReply> = await stream.next()
    for (; !next.done; next = await stream.next()) {
      const text: string = run.shown === '' ? next.value.trimStart() : held + next.value
      const shown: string = text.trimEnd()
      held = text.slice(shown.length)
      run.shown += shown
      if (shown !== '') yield { text: shown }
    }
    const reply = { ...next.value, text: next.value.text.trim() }
    await this.#exchanges.answered(run, reply)
    this.#report(run.turn, { type: 'model', outcome: 'ok' })
    const note = reply.cut && cutNotices[reply.cut]
    const media = filesSent(run)
    if (media.length > 0 || note !== undefined)
      yield { text: '', ...(media.length > 0 && { media }), ...(note && { note }) }
  }

  async #prepare(run: Run): Promise<ModelCall> {
    const { turn, config, models, turnId } = run
    const { maxOutputTokens, turnTimeoutMs } = config
    const [history, files, tools, model] = await Promise.all([
      this.#sessions.history(run.sessionKey, { userTurns: turn.historyLimit, exceptTurnId: turnId }),
      this.#readFiles(run),
      this.#tools.available(config),
      models.model(),
    ])
    const usable = narrow(tools, [config.tools ?? {}, ...(turn.tools ?? [])])
    const { system, messages, before } = promptFor({
      hasTools: usable.length > 0,
      turn,
      history,
      files,
      system: config.systemPrompt ?? defaultSystemPrompt,
    })
    const { learnt, secrets } = models
    if (filesOf(turn).some(({ kind }) => kind === 'image')) learnt.hasBlindTurn()
    return {
      model,
      learnt,
      before,
      log: this.#log,
      turnId,
      modelName: String(config.model),
      systemPrompt: system,
      messages,
      tools: usable,
      runTool: (tool, input, signal) => this.#tools.call(run, tool, input, signal),
      shownByTools: () => run.produced.takeUnseen(),
      maxToolSteps: config.maxToolSteps ?? defaultMaxToolSteps,
      maxTurnTokens: config.maxTurnTokens ?? defaultMaxTurnTokens,
      maxOutputTokens,
      maxRetries: this.#maxRetries,
      timeoutMs: turnTimeoutMs,
      signal: run.over.signal,
      secrets,
      onCut: (why) => this.#log.warn({ turnId, code: codeOf(why) }, `a reply was cut off: ${messageOf(why)}`),
      onLeftOut: (leftOut) => {
        if (!run.forgotten) this.#leftOut.note(run.sessionKey, leftOut)
      },
      onTokens: (tokens) => this.#report(turn, { type: 'tokens', ...tokens }),
    }
  }

  #readFiles(run: Run): Promise<TurnFiles> {
    const { turn, models, turnId, sessionKey } = run
    return filesOfTurn({
      turn,
      place: { sessionKey, turnId },
      kept: this.#keptFiles,
      isForgotten: () => run.forgotten,
      memory: run.memory,
      nowMs: this.#now(),
      takesImages: models.learnt.takesImages,
      takesVoices: models.learnt.takesVoices,
      signal: run.over.signal,
      onUnreadable: ({ path }, error) =>
        this.#log.warn({ turnId, path }, `a file of a turn cannot be read: ${messageOf(error)}`),
    })
  }
}

/** A session may be shared by several accounts. */
function turnIdOf({ accountId, id }: Turn): string {
  return `${accountId}/${id}`
}

function joined(pieces: readonly ReplyPiece[]): ReplyPiece {
  const last = pieces.at(-1)
  return { ...last, text: pieces.map(({ text }) => text).join('') }
}
