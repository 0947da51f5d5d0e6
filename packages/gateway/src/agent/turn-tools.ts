/**
 * The tools of a turn: those that the model calls, with the files that they send and produce, and names of tools in the
 * configuration that no tool has.
 */

import { type Logger, messageOf, type ReplyMedia, type Turn, unknownPatterns } from '@moltbot/channel-sdk'
import type { ProducedFiles } from '../files/produced-files.ts'
import type { TurnFolder } from '../files/turn-folder.ts'
import { redact } from '../model/failures.ts'
import { runTool } from '../tools/run-tool.ts'
import type { AgentTool, TurnToolFiles } from '../tools/tool.ts'
import type { Toolbox } from '../tools/toolbox.ts'
import type { AgentConfig, ReportEvent } from './types.ts'

/** What the tools use of a turn, and what they leave in it. */
export interface ToolUse {
  readonly turn: Turn
  readonly turnId: string
  /** Values that no error message may show. */
  readonly models: { readonly secrets: readonly string[] }
  /** Files that tools sent with the reply, by the number of the call that sent them. */
  readonly attached: { readonly call: number; readonly media: ReplyMedia }[]
  toolCalls: number
  /** Copies that were made of files to send. */
  copies: number
  readonly folder: TurnFolder
  readonly produced: ProducedFiles
}

export interface TurnToolsOptions {
  readonly toolbox: Toolbox
  readonly log: Logger
  readonly report: ReportEvent
}

/** Files of one reply. */
const maxAttached = 10
/** Names that are reported; more than a configuration's worth of mistakes says nothing more. */
const maxUnknownTools = 1_000

export class TurnTools {
  readonly #options: TurnToolsOptions
  readonly #unknown = new Set<string>()

  constructor(options: TurnToolsOptions) {
    this.#options = options
  }

  /**
   * All that can be used now. A name in the configuration that no tool has is reported once: it gives access to nothing,
   * but may fail to take something away. The scopes of a turn are the channel's to check: it knows where they are written.
   */
  async available({ tools: scope = {} }: AgentConfig): Promise<readonly AgentTool[]> {
    const { toolbox, log } = this.#options
    const tools = await toolbox.tools()
    const names = tools.map(({ name }) => name)
    const away = toolbox.away()
    const unknown = unknownPatterns([scope], names).filter(
      (pattern) => !this.#unknown.has(pattern) && !away.some((prefix) => pattern.startsWith(prefix)),
    )
    if (unknown.length === 0 || this.#unknown.size >= maxUnknownTools) return tools
    for (const pattern of unknown) this.#unknown.add(pattern)
    log.warn({ event: 'tools.unknown', tools: unknown }, `no tool is called ${unknown.join(', ')}`)
    return tools
  }

  /** @throws with a message for the model. */
  async call(run: ToolUse, tool: AgentTool, input: unknown, signal: AbortSignal): Promise<string> {
    const { log, report } = this.#options
    const call = run.toolCalls++ // Calls of one step begin in their order, and end in any.
    const attach = (media: ReplyMedia) => {
      if (run.attached.length >= maxAttached) throw tooManyFiles()
      run.attached.push({ call, media })
    }
    const count = (outcome: 'ok' | 'failed' | 'stopped') =>
      report(run.turn, { type: 'tool', tool: tool.countedAs, outcome })
    try {
      const { maxFileBytes } = run.turn
      const result = await runTool(tool, input, {
        signal,
        attach,
        turn: run.turn,
        files: toolFilesOf(run),
        maxFileBytes,
      })
      count('ok')
      return result
    } catch (error) {
      count(signal.aborted ? 'stopped' : 'failed')
      const message = redact(messageOf(error), run.models.secrets)
      if (!signal.aborted) log.warn({ turnId: run.turnId, tool: tool.name }, `a tool failed: ${message}`)
      throw new Error(message)
    }
  }
}

/** The files that tools sent, in the order of the calls. */
export function filesSent({ attached }: Pick<ToolUse, 'attached'>): ReplyMedia[] {
  return attached.toSorted((one, other) => one.call - other.call).map(({ media }) => media)
}

const tooManyFiles = () => new Error(`a reply has ${maxAttached} files at most`)

function toolFilesOf(run: ToolUse): TurnToolFiles {
  const { folder, produced } = run
  return {
    produce: (file) => produced.add(file),
    produced: (name) => produced.path(name),
    copy: async (content, maxBytes, signal) => {
      // Checked before the copy, which may be large: a model can ask for the same file again and again.
      if (run.copies++ >= maxAttached) throw tooManyFiles()
      return folder.store(content, maxBytes, signal)
    },
  }
}
