/**
 * A model as it is asked in one turn: always in a stream, with as much of the conversation as it takes, and once more with
 * less, or in another form, where its provider refuses what less would cure. What was learnt is kept for the next turns.
 */

import { type LeftOut, type Logger, messageOf } from '@moltbot/channel-sdk'
import { APICallError } from 'ai'
import { redact } from './failures.ts'
import type { LearntModel } from './learnt.ts'
import { bothLeftOut, leftOutOf } from './left-out.ts'
import type { CallOptions, Model, ModelPrompt, StreamResult, Tools } from './library.ts'
import { openStream } from './open-stream.ts'
import { maxReadLength, type Refusal, type RequestParts, refusalOf } from './refusals.ts'
import {
  type Before,
  hasFiles,
  lesserShare,
  promptWith,
  type Share,
  shareWithin,
  wholeShare,
} from './share.ts'
import { tokensInPrompt } from './tokens.ts'

export interface AskingOptions {
  readonly model: Model
  readonly learnt: LearntModel
  readonly before: Before
  readonly maxOutputTokens: number | undefined
  /** Values that no error message and no log line may show. */
  readonly secrets: readonly string[]
  readonly log: Logger
  readonly turnId: string
  /** Called whenever the provider takes a request, with all that was left out of the answer so far. */
  readonly onLeftOut: (leftOut: LeftOut | undefined) => void
}

/** Requests for one answer: halving a long conversation, and finding one tool among many, take a few. */
const maxRequests = 12

/** The model with what was said before: the prompt that it is given is the present turn alone. */
export function askedModel(options: AskingOptions): Model {
  const { model } = options
  const turn = new Asking(options)
  return {
    specificationVersion: 'v4',
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    doGenerate: (call) => model.doGenerate(call),
    doStream: (call) => turn.ask(call),
  }
}

/** One request as it was made. */
interface Request {
  readonly prompt: ModelPrompt
  readonly share: Share
  readonly offered: Tools
  readonly parts: RequestParts
}

class Asking {
  readonly #options: AskingOptions
  /** What is sent along at most. */
  #cap: Share
  #isHalved = false
  #leftOut: LeftOut | undefined
  /** Tools without which the present answer is asked for, since the provider refused them, and its words. */
  #without: { readonly tools: Tools; readonly why: string } | undefined

  constructor(options: AskingOptions) {
    this.#options = options
    this.#cap = wholeShare(options.before)
  }

  async ask(call: CallOptions): Promise<StreamResult> {
    const { model, learnt } = this.#options
    for (let requests = 1; ; requests++) {
      const request = this.#requestFor(call)
      const { prompt, offered } = request
      const { tools: _, toolChoice, ...rest } = call
      const withTools = offered.length > 0 && { tools: offered, ...(toolChoice && { toolChoice }) }
      try {
        const result = await openStream(model, { ...rest, prompt, ...withTools }, learnt)
        this.#wasTaken(request, call)
        return result
      } catch (error) {
        call.abortSignal?.throwIfAborted()
        const why = textOf(error)
        const refusal = refusalOf({ status: statusOf(error), text: why }, request.parts)
        const goesOn =
          refusal !== undefined && this.#adjust(refusal, request, redact(why, this.#options.secrets))
        if (!goesOn || requests === maxRequests) throw error
      }
    }
  }

  #requestFor({ prompt: present, tools = [] }: CallOptions): Request {
    const { learnt, before, maxOutputTokens } = this.#options
    const { images, audio, ...fitting } = shareWithin(
      learnt.budget(maxOutputTokens),
      present,
      before,
      this.#cap,
    )
    const share = { ...fitting, images: images && learnt.takesImages, audio: audio && learnt.takesVoices }
    const prompt = promptWith(present, before, share)
    const offered = this.#without === undefined ? offeredOf(tools, learnt) : []
    const parts = {
      tools: offered.map(({ name }) => name),
      images: hasFiles(prompt, 'image'),
      audio: hasFiles(prompt, 'audio'),
    }
    return { prompt, share, offered, parts }
  }

  #wasTaken({ share, offered, parts }: Request, { tools = [] }: CallOptions): void {
    const { learnt, before } = this.#options
    learnt.hasTaken = true
    for (const kind of ['images', 'audio'] as const) if (parts[kind]) learnt.tookFiles(kind)
    if (offered.length > 0) learnt.tookTools(functionsOf(offered), functionsOf(tools))
    if (this.#without !== undefined) learnt.suspect(functionsOf(this.#without.tools), this.#without.why)
    this.#report(leftOutOf({ before, share, learnt, tools: namesOf(tools), offered: namesOf(offered) }))
  }

  /** Logged once for an answer. */
  #report(leftOut: LeftOut | undefined): void {
    const { log, turnId, onLeftOut } = this.#options
    const isFirst = this.#leftOut === undefined && leftOut !== undefined
    this.#leftOut = bothLeftOut(this.#leftOut, leftOut)
    onLeftOut(this.#leftOut)
    if (isFirst)
      log.info({ event: 'model.asked-with-less', turnId, leftOut }, 'The model was not given everything')
  }

  /** @returns whether there is another way to ask */
  #adjust(refusal: Refusal, request: Request, why: string): boolean {
    const { learnt } = this.#options
    switch (refusal.about) {
      case 'length':
        learnt.refusedLength(refusal, tokensInPrompt(request.prompt))
        return this.#less(request)
      case 'tools':
        return this.#adjustTools(refusal, request, why)
      case 'images':
      case 'audio':
        return this.#withoutFiles(refusal, why)
      case 'usage':
        learnt.countsTokens = false
        return true
      case 'streaming':
        if (!learnt.streams) return false
        learnt.doesNotStream(why)
        return true
      case 'unclear':
        return this.#askWithoutCounting() || this.#askWithoutTools(request, why) || this.#less(request)
    }
  }

  /** One damaged file must not make the model blind for everybody. */
  #withoutFiles({ about, damaged }: Extract<Refusal, { about: 'images' | 'audio' }>, why: string): boolean {
    const { learnt, log, turnId } = this.#options
    if (damaged === true || learnt.hasTakenFiles(about)) {
      this.#cap = { ...this.#cap, [about]: false }
      log.warn({ event: 'model.file-refused', turnId }, `The provider refused the ${about} of a turn: ${why}`)
    } else learnt.takesNo(about, why)
    return true
  }

  #less({ share, prompt }: Request): boolean {
    const lesser = lesserShare(share, prompt, this.#isHalved)
    this.#isHalved = true
    if (lesser === undefined) return false
    this.#cap = lesser
    return true
  }

  #adjustTools({ tool, all }: Extract<Refusal, { about: 'tools' }>, request: Request, why: string): boolean {
    const { learnt } = this.#options
    const offered = functionsOf(request.offered)
    const named = offered.find(({ name }) => name === tool)
    if (named !== undefined) learnt.leaveOut(named, why)
    else if (all) learnt.takesNoTools(why)
    else return learnt.refusedTools(offered, why) || this.#askWithoutTools(request, why)
    return true
  }

  /** The one option that some servers do not know, and refuse without naming it. */
  #askWithoutCounting(): boolean {
    const { learnt } = this.#options
    if (learnt.hasTaken || !learnt.countsTokens) return false
    learnt.countsTokens = false
    return true
  }

  #askWithoutTools({ offered }: Request, why: string): boolean {
    if (offered.length === 0) return false
    this.#without = { tools: offered, why }
    return true
  }
}

type FunctionTool = Extract<Tools[number], { type: 'function' }>

function functionsOf(tools: Tools): FunctionTool[] {
  return tools.filter((tool) => tool.type === 'function')
}

function namesOf(tools: Tools): string[] {
  return functionsOf(tools).map(({ name }) => name)
}

function offeredOf(tools: Tools, learnt: LearntModel): Tools {
  const offered = new Set<Tools[number]>(learnt.offer(functionsOf(tools)))
  return tools.filter((tool) => tool.type !== 'function' || offered.has(tool))
}

function statusOf(error: unknown): number | undefined {
  return APICallError.isInstance(error) ? error.statusCode : undefined
}

/** All that the provider wrote. */
function textOf(error: unknown): string {
  const body = APICallError.isInstance(error) ? (error.responseBody ?? '') : ''
  return `${messageOf(error)}\n${body}`.slice(0, maxReadLength)
}
