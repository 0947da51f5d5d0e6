/**
 * One answer of a model through the AI SDK, with the tool calls on the way to it. This module and call-transcriber.ts
 * are the only ones that load the SDK's core; import them dynamically.
 */

import { codeOf, messageOf } from '@moltbot/channel-sdk'
import {
  APICallError,
  generateText,
  isStepCount,
  jsonSchema,
  type LanguageModel,
  type ModelMessage,
  RetryError,
  streamText,
  ToolChoiceViolationError,
  type ToolSet,
  tool,
} from 'ai'
import type { AgentTool } from '../tools/tool.ts'
import { type CallFailure, callFailed, redact, timedOut, tooManySteps } from './failures.ts'

// The library would print them to stderr past every redactor; they are in its results too, and go to the log from there.
globalThis.AI_SDK_LOG_WARNINGS = false

export interface ModelCall {
  readonly model: LanguageModel
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
  readonly maxOutputTokens: number | undefined
  /** Of failures that the provider or the network calls passing; with a pause before each that grows from 2 s. */
  readonly maxRetries: number
  /** For the whole call, retries and tools included. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Values that no error message may show. */
  readonly secrets: readonly string[]
  /** Hears what each step cost, also of a call that fails later. */
  readonly onTokens: (tokens: Tokens) => void
}

/** As the provider counts them; 0 where it does not tell. */
export interface Tokens {
  readonly read: number
  readonly written: number
}

export interface ModelReply {
  /** What the model said before and after its tool calls. */
  readonly text: string
  /** The AI SDK's, e.g. `stop`, or `length` where the token limit cut the text off. */
  readonly finishReason: string
  /** Settings that the provider could not honour, in the library's words. */
  readonly warnings: readonly object[]
}

/** Text between the texts of two steps. */
const stepSeparator = '\n\n'
/** Tools of one step that run at once. */
const toolCallConcurrency = 4

/** @throws `model-unreachable`, `model-refused`, `model-timeout` or `model-steps`; any of them after `signal` fired. */
export async function callModel(call: ModelCall): Promise<ModelReply> {
  const timeout = AbortSignal.timeout(call.timeoutMs)
  try {
    const { steps, finishReason, warnings = [] } = await generateText(settingsOf(call, timeout))
    const texts = steps.map((step) => step.text.trim()).filter((text) => text !== '')
    return { text: texts.join(stepSeparator), finishReason, warnings }
  } catch (error) {
    throw explain(call, timeout, error)
  }
}

/** As {@link callModel}, and yields the text piece by piece as the model writes it. The pieces join to the text. */
export async function* streamModel(call: ModelCall): AsyncGenerator<string, ModelReply> {
  const timeout = AbortSignal.timeout(call.timeoutMs)
  let text = ''
  try {
    // An error is thrown from the loop below; the library would print it besides.
    const result = streamText({ ...settingsOf(call, timeout), onError: () => {} })
    let separator = ''
    for await (const part of result.stream) {
      if (part.type === 'error') throw part.error
      if (part.type === 'abort') throw new Error('aborted')
      if (part.type === 'start-step' && text !== '') separator = stepSeparator
      if (part.type !== 'text-delta' || part.text === '') continue
      const piece = separator + part.text
      separator = ''
      text += piece
      yield piece
    }
    return { text, finishReason: await result.finishReason, warnings: (await result.warnings) ?? [] }
  } catch (error) {
    throw explain(call, timeout, error)
  }
}

type Settings = Parameters<typeof generateText<ToolSet>>[0] & Parameters<typeof streamText<ToolSet>>[0]

function settingsOf(call: ModelCall, timeout: AbortSignal): Settings {
  const { model, systemPrompt, messages, maxRetries, maxOutputTokens, tools } = call
  return {
    model,
    instructions: systemPrompt,
    messages,
    maxRetries,
    abortSignal: AbortSignal.any([call.signal, timeout]),
    onStepEnd: ({ usage }) =>
      call.onTokens({ read: usage.inputTokens ?? 0, written: usage.outputTokens ?? 0 }),
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
  const text = cause === 'unknown' ? messageOf(last) : `${messageOf(last)} (${cause})`
  const api = APICallError.isInstance(last) ? last : undefined
  return {
    status: api?.statusCode,
    retryable: api?.isRetryable ?? false,
    message: redact(text, secrets),
  }
}
