/**
 * One answer of a model through the AI SDK, with the tool calls on the way to it. This module and call-transcriber.ts
 * are the only ones that load the SDK's core; import them dynamically.
 */

import { codeOf, messageOf, timeoutSignal } from '@moltbot/channel-sdk'
import {
  APICallError,
  isStepCount,
  jsonSchema,
  type ModelMessage,
  RetryError,
  streamText,
  ToolChoiceViolationError,
  type ToolSet,
  tool,
} from 'ai'
import type { AgentTool } from '../tools/tool.ts'
import { type AskingOptions, askedModel } from './asking.ts'
import { type CallFailure, callFailed, redact, timedOut, tooManySteps } from './failures.ts'
import { VisibleText } from './visible-text.ts'

// The library would print them to stderr past every redactor; they are in its results too, and go to the log from there.
globalThis.AI_SDK_LOG_WARNINGS = false

export interface ModelCall extends AskingOptions {
  /** `provider/model`, for error messages. */
  readonly modelName: string
  readonly systemPrompt: string
  readonly messages: ModelMessage[]
  readonly tools: readonly AgentTool[]
  readonly runTool: (tool: AgentTool, input: unknown, signal: AbortSignal) => Promise<string>
  /** What tools returned besides text since the last step. It follows their results. */
  readonly shownByTools: () => ModelMessage[]
  /** How often the model may call tools; then it has to answer. */
  readonly maxToolSteps: number
  /** Tokens, read and written, after which it has to answer. */
  readonly maxTurnTokens: number
  /** Of failures that the provider or the network calls passing; with a pause before each that grows from 2 s. */
  readonly maxRetries: number
  /** For the whole call, retries and tools included. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Hears why an answer was cut off. */
  readonly onCut: (why: Error) => void
  /** Hears what each step cost, also of a call that fails later. */
  readonly onTokens: (tokens: Tokens) => void
}

/** As the provider counts them; 0 where it does not tell. */
export interface Tokens {
  readonly read: number
  readonly written: number
  /** The part of `read` that the provider had in its cache, and the part that it put there. */
  readonly cacheRead: number
  readonly cacheWritten: number
}

export interface ModelReply {
  /** What the model said before and after its tool calls, without what is for programs. */
  readonly text: string
  /** The AI SDK's, e.g. `stop`, or `length` where the token limit cut the text off. */
  readonly finishReason: string
  /** Why the text is not whole. */
  readonly cut?: Cut
  /** Settings that the provider could not honour, in the library's words. */
  readonly warnings: readonly object[]
}

/** `length`: the token limit; `broken`: the provider or the network ended it; `time`: the turn's time is over. */
export type Cut = 'length' | 'broken' | 'time'

/** Text between the texts of two steps. */
const stepSeparator = '\n\n'
/** Tools of one step that run at once. */
const toolCallConcurrency = 4
/** What is held back of a text that is sent while it is written: a lone closing mark hides what is before it. */
const heldAtStart = 400

/**
 * Yields the text piece by piece as the model writes it. The pieces join to the text. What was written before a failure is
 * an answer that is cut: it was paid for, and asking again would cost it once more.
 * @param whole the pieces are not shown before the text is whole
 * @throws `model-unreachable`, `model-refused`, `model-timeout` or `model-steps`; any of them after `signal` fired
 */
export async function* streamModel(call: ModelCall, whole: boolean): AsyncGenerator<string, ModelReply> {
  const timeout = timeoutSignal(call.timeoutMs)
  const written = new WrittenText(whole || call.learnt.thinksUnopened ? undefined : heldAtStart)
  try {
    // An error is thrown from the loop below; the library would print it besides.
    const result = streamText({ ...settingsOf(call, timeout), onError: () => {} })
    for await (const part of result.stream) {
      if (part.type === 'error') throw part.error
      if (part.type === 'abort') throw new Error('aborted')
      const piece = pieceOf(written, part)
      if (piece !== '') yield piece
    }
    const [finishReason, warnings = []] = await Promise.all([result.finishReason, result.warnings])
    return { text: written.text, finishReason, ...cutBy(finishReason), warnings }
  } catch (error) {
    const last = call.signal.aborted ? '' : written.end()
    if (last !== '') yield last
    if (!written.hasStepText || call.signal.aborted) throw explain(call, timeout, error)
    call.onCut(explain(call, timeout, error))
    const cut = timeout.aborted ? 'time' : 'broken'
    return { text: written.text, finishReason: 'error', cut, warnings: [] }
  } finally {
    call.learnt.thinksUnopened ||= written.endsUnopened
  }
}

/** A provider that closes the stream before it says why has not finished. */
function cutBy(finishReason: string): { cut?: Cut } {
  if (finishReason === 'length') return { cut: 'length' }
  return finishReason === 'other' || finishReason === 'unknown' ? { cut: 'broken' } : {}
}

type Part = { readonly type: string; readonly text?: unknown }

function pieceOf(written: WrittenText, part: Part): string {
  if (part.type === 'start-step') return written.begin()
  if (part.type === 'finish-step') return written.end()
  if (part.type === 'tool-call') return written.callsTool()
  return part.type === 'text-delta' ? written.write(String(part.text)) : ''
}

/** What may be shown of the texts of several steps. */
class WrittenText {
  readonly #held: number | undefined
  #step: VisibleText
  #separator = ''
  #endsUnopened = false
  #hasStepText = false
  text = ''

  constructor(held: number | undefined) {
    this.#held = held
    this.#step = this.#newStep()
  }

  /** Whether the present step has written some of an answer. */
  get hasStepText(): boolean {
    return this.#hasStepText
  }

  get endsUnopened(): boolean {
    return this.#endsUnopened
  }

  begin(): string {
    const rest = this.end()
    if (this.text !== '') this.#separator = stepSeparator
    this.#hasStepText = false
    return rest
  }

  /** What was written before a call of a tool is no answer. */
  callsTool(): string {
    const rest = this.end()
    this.#hasStepText = false
    return rest
  }

  write(text: string): string {
    return this.#show(this.#step.push(text))
  }

  end(): string {
    const rest = this.#show(this.#step.end())
    this.#endsUnopened ||= this.#step.endsUnopened
    this.#step = this.#newStep()
    return rest
  }

  #newStep(): VisibleText {
    return new VisibleText(this.#held === undefined ? {} : { heldAtStart: this.#held })
  }

  #show(text: string): string {
    if (text === '') return ''
    const piece = this.#separator + text
    this.#separator = ''
    this.#hasStepText = true
    this.text += piece
    return piece
  }
}

type Settings = Parameters<typeof streamText<ToolSet>>[0]

function settingsOf(call: ModelCall, timeout: AbortSignal): Settings {
  const { systemPrompt, messages, maxRetries, maxOutputTokens, tools } = call
  return {
    model: askedModel(call),
    instructions: systemPrompt,
    messages,
    maxRetries,
    abortSignal: AbortSignal.any([call.signal, timeout]),
    onStepEnd: ({ usage: { inputTokens = 0, outputTokens = 0, inputTokenDetails } }) =>
      call.onTokens({
        read: inputTokens,
        written: outputTokens,
        cacheRead: inputTokenDetails.cacheReadTokens ?? 0,
        cacheWritten: inputTokenDetails.cacheWriteTokens ?? 0,
      }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(tools.length > 0 && toolSettings(call)),
  }
}

function toolSettings(
  call: ModelCall,
): Pick<Settings, 'tools' | 'stopWhen' | 'prepareStep' | 'toolCallConcurrency'> {
  const { maxToolSteps, maxTurnTokens, shownByTools } = call
  return {
    tools: toolSetOf(call),
    toolCallConcurrency,
    stopWhen: isStepCount(maxToolSteps + 1),
    prepareStep: ({ stepNumber, steps, messages }) => {
      const tokens = steps.reduce((sum, { usage }) => sum + (usage.totalTokens ?? 0), 0)
      const shown = shownByTools()
      return {
        // The library keeps what is added for later steps.
        ...(shown.length > 0 && { messages: [...messages, ...shown] }),
        ...((stepNumber >= maxToolSteps || tokens >= maxTurnTokens) && { toolChoice: 'none' as const }),
      }
    },
  }
}

function toolSetOf({ tools, runTool, signal }: ModelCall): ToolSet {
  const entries = tools.map((one) => [
    one.name,
    tool({
      description: one.description,
      inputSchema: jsonSchema<unknown>(one.inputSchema),
      execute: (input, { abortSignal = signal }) => runTool(one, input, abortSignal),
    }),
  ])
  return Object.fromEntries(entries)
}

function explain(call: ModelCall, timeout: AbortSignal, error: unknown): Error {
  if (timeout.aborted) return timedOut(call.modelName, call.timeoutMs)
  if (ToolChoiceViolationError.isInstance(error)) return tooManySteps(call.modelName)
  return callFailed(call.modelName, failureOf(error, call.secrets))
}

/**
 * The thrown error itself is not passed on as a cause: it holds the request, and so what the person wrote, and headers.
 */
export function failureOf(thrown: unknown, secrets: readonly string[]): CallFailure {
  const last = RetryError.isInstance(thrown) ? thrown.lastError : thrown
  const cause = last instanceof Error ? codeOf(last.cause) : 'unknown'
  const said = messageOf(last)
  const text = cause === 'unknown' || said.includes(cause) ? said : `${said} (${cause})`
  const api = APICallError.isInstance(last) ? last : undefined
  return {
    status: api?.statusCode,
    retryable: api?.isRetryable ?? false,
    message: redact(text, secrets),
  }
}
