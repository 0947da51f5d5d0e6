/**
 * What is known about the model that answers: from the configuration first, and then from what its provider refused.
 * Kept until the configuration changes, so that each refusal costs one answer some time, and the next none.
 */

import type { Logger } from '@moltbot/channel-sdk'
import type { Refusal } from './refusals.ts'
import { schemaProblem } from './schema-check.ts'
import { defaultContextWindow, type ModelFacts, type ProviderApi } from './types.ts'

export interface ModelKnowledge {
  /** `provider/model`. */
  readonly name: string
  readonly api: ProviderApi
  readonly facts: Omit<ModelFacts, 'id'>
  /** Whether the model is taken to see pictures, see `vision.ts`. */
  readonly takesImages: boolean
  readonly takesVoices: boolean
}

/** A tool as the model is offered it. */
export interface OfferedTool {
  readonly name: string
  readonly inputSchema: object
}

/** Room for the answer where neither catalogue nor configuration says how long one may be. */
const usualAnswerTokens = 4_096
/** However little a provider seems to take. */
const smallestWindow = 1_000
/** Real tokens for each one that we count; a refusal that shows more shows something else. */
const largestScale = 10
/** Models that think in their text. The templates of many have the mark that opens the thoughts already. */
const thinking = /(?:^|[/:._-])(?:r1|qwq|qvq|o1)(?:$|[:._-])|think|reason/i
/** Tools remembered as refused. */
const maxLeftOut = 1_000

export class LearntModel {
  readonly #known: ModelKnowledge
  readonly #log: Logger
  #window: number
  #learntWindow = false
  /** Tokens that the provider counts for each one that we count. */
  #scale = 1
  #takesTools = true
  /** Tools that are refused, with their schema: another one may be taken. */
  readonly #leftOut = new Map<string, { readonly why: string; readonly schema: string }>()
  /** Requests with these tools were refused, and without them taken: one of them at least is at fault. */
  #suspects: readonly string[] = []
  #takesImages: boolean
  #takesVoices: boolean
  /** What it was taken to take and then refused. */
  readonly #refusedKinds = new Set<'images' | 'audio'>()
  readonly #takenKinds = new Set<'images' | 'audio'>()
  #isReportedBlind = false
  /** Whether the provider takes the option that has it count tokens in a stream. */
  countsTokens = true
  /** The provider has taken a request as it is made now. */
  hasTaken = false
  #streams = true
  /** The model writes its thoughts without the mark that opens them, or is likely to, by its name. */
  thinksUnopened: boolean

  constructor(known: ModelKnowledge, log: Logger) {
    this.#known = known
    this.#log = log
    this.#window = known.facts.contextWindow ?? defaultContextWindow
    this.#takesImages = known.takesImages
    this.#takesVoices = known.takesVoices
    this.thinksUnopened = thinking.test(known.name)
  }

  get takesImages(): boolean {
    return this.#takesImages
  }

  get takesVoices(): boolean {
    return this.#takesVoices
  }

  /** Whether the provider answers in a stream. */
  get streams(): boolean {
    return this.#streams
  }

  /** Tokens, as we count them, that a request may have. */
  budget(maxOutputTokens?: number): number {
    const answer = maxOutputTokens ?? this.#known.facts.maxTokens ?? usualAnswerTokens
    return (this.#window - Math.min(answer, this.#window / 4)) / this.#scale
  }

  /** What the operator should know, a sentence each. */
  notes(): string[] {
    const { name } = this.#known
    return [
      ...(this.#learntWindow
        ? [
            `${name} refused a longer conversation; it is sent at most ${this.#window} tokens now (contextWindow)`,
          ]
        : []),
      ...(this.#takesTools
        ? []
        : [`${name} takes no tools and answers without; tools: { allow: [] } says so`]),
      ...[...this.#leftOut].map(([tool, { why }]) => `the tool ${tool} is not offered to ${name}: ${why}`),
      ...(this.#suspects.length > 0
        ? [`${name} refuses one of the tools ${this.#suspects.join(', ')}; it is being found out`]
        : []),
      ...[...this.#refusedKinds].map((kind) => `${name} takes no ${kind} and is asked without them`),
      ...(this.#streams ? [] : [`${name} does not stream; its answers are asked for as a whole`]),
      ...(this.#isReportedBlind ? [this.#blindness()] : []),
    ]
  }

  /** @param sent tokens of the refused request, as we count them */
  refusedLength({ limit, counted }: Extract<Refusal, { about: 'length' }>, sent: number): void {
    if (counted !== undefined) this.#scale = scaleOf(counted / sent)
    else if (limit !== undefined && sent * this.#scale < limit) this.#scale = scaleOf(limit / sent)
    const shown = limit ?? Math.floor(sent * this.#scale * 0.9)
    const window = Math.max(Math.min(this.#window, shown), smallestWindow)
    if (window === this.#window) return
    this.#window = window
    this.#learntWindow = true
    this.#report('model.window', { window }, `${this.#known.name} takes no more than ${window} tokens`)
  }

  /** Those of the tools that the model is offered. */
  offer<Tool extends OfferedTool>(tools: readonly Tool[]): Tool[] {
    if (!this.#takesTools) return []
    const taken = tools.filter((tool) => !this.#isLeftOut(tool))
    const suspected = taken.filter(({ name }) => this.#suspects.includes(name))
    const tried = suspected.slice(0, Math.ceil(suspected.length / 2))
    return taken.filter((tool) => !suspected.includes(tool) || tried.includes(tool))
  }

  /** @param why what the provider said */
  leaveOut({ name, inputSchema }: OfferedTool, why: string): void {
    if (this.#leftOut.size >= maxLeftOut) return
    this.#suspects = this.#suspects.filter((one) => one !== name)
    this.#leftOut.set(name, { why, schema: JSON.stringify(inputSchema) })
    const message = `The tool ${name} is left out for ${this.#known.name} from now on: ${why}`
    this.#report('model.tool-left-out', { tool: name }, message)
  }

  takesNoTools(why: string): void {
    this.#takesTools = false
    const message = `${this.#known.name} takes no tools, so it is asked without them; tools: { allow: [] } says so: ${why}`
    this.#report('model.no-tools', {}, message)
  }

  /** A request with these tools was refused, and it is not known for which of them. @returns whether that was a step on */
  refusedTools(offered: readonly OfferedTool[], why: string): boolean {
    const tried = offered.filter(({ name }) => this.#suspects.includes(name))
    const [first] = tried
    if (first === undefined) return false
    if (tried.length > 1) this.#suspects = tried.map(({ name }) => name)
    else this.leaveOut(first, why)
    return true
  }

  /** A request with these tools, and with no others, was taken. */
  tookTools(offered: readonly OfferedTool[], all: readonly OfferedTool[]): void {
    if (this.#suspects.length === 0) return
    const names = new Set(offered.map(({ name }) => name))
    const left = this.#suspects.filter((name) => !names.has(name))
    const [last] = left
    const alone = left.length === 1 ? all.find(({ name }) => name === last) : undefined
    this.#suspects = left
    if (alone !== undefined) this.leaveOut(alone, 'the provider refuses requests that have it')
  }

  /** A request was refused with these tools, and taken without any. */
  suspect(offered: readonly OfferedTool[], why: string): void {
    const [only] = offered
    if (offered.length === 1 && only !== undefined) {
      this.leaveOut(only, why)
      return
    }
    this.#suspects = offered.map(({ name }) => name)
    const message = `${this.#known.name} refused its tools and answered without them; the next answers find out which: ${why}`
    this.#report('model.tools-refused', { tools: this.#suspects }, message)
  }

  /** A request with such files was taken. */
  tookFiles(kind: 'images' | 'audio'): void {
    this.#takenKinds.add(kind)
  }

  /** Whether a refusal of such files is about those in the request: the provider has taken others. */
  hasTakenFiles(kind: 'images' | 'audio'): boolean {
    return this.#takenKinds.has(kind)
  }

  takesNo(kind: 'images' | 'audio', why: string): void {
    if (kind === 'images') this.#takesImages = false
    else this.#takesVoices = false
    this.#refusedKinds.add(kind)
    const message = `${this.#known.name} takes no ${kind}; it is asked without from now on: ${why}`
    this.#report(`model.no-${kind}`, {}, message)
  }

  doesNotStream(why: string): void {
    this.#streams = false
    const message = `${this.#known.name} does not stream, so its answers are asked for as a whole from now on: ${why}`
    this.#report('model.no-streaming', {}, message)
  }

  /** A picture came, and the model is taken not to see. Reported once, where nobody has said so. */
  hasBlindTurn(): void {
    if (this.#takesImages || this.#isReportedBlind || this.#known.facts.input !== undefined) return
    this.#isReportedBlind = true
    this.#log.warn({ event: 'model.blind', model: this.#known.name }, this.#blindness())
  }

  #blindness(): string {
    const [provider = '', ...model] = this.#known.name.split('/')
    return (
      `a picture came, and ${this.#known.name} is taken not to see pictures because nothing says that it does; ` +
      `models.providers.${provider}.models: [{ id: "${model.join('/')}", input: ["text", "image"] }] says so`
    )
  }

  #isLeftOut(tool: OfferedTool): boolean {
    const known = this.#leftOut.get(tool.name)
    if (known !== undefined && known.schema === JSON.stringify(tool.inputSchema)) return true
    const problem = schemaProblem({ ...tool.inputSchema }, this.#known.api)
    if (problem !== undefined) this.leaveOut(tool, problem)
    return problem !== undefined
  }

  #report(event: string, fields: object, message: string): void {
    this.#log.warn({ event, model: this.#known.name, ...fields }, message)
  }
}

function scaleOf(scale: number): number {
  return Math.min(Math.max(scale, 1), largestScale)
}
