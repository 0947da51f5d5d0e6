/**
 * One call of a model through the AI SDK. This module is the only one that loads it; import it dynamically.
 */

import { codeOf, messageOf } from '@moltbot/channel-sdk'
import { APICallError, generateText, type LanguageModel, type ModelMessage, RetryError } from 'ai'
import { type CallFailure, callFailed, emptyReply, redact, timedOut } from './failures.ts'

// The library would print them to stderr past every redactor; they are in its results too, and go to the log from there.
globalThis.AI_SDK_LOG_WARNINGS = false

export interface ModelCall {
  readonly model: LanguageModel
  /** `provider/model`, for error messages. */
  readonly modelName: string
  readonly systemPrompt: string
  readonly messages: ModelMessage[]
  readonly maxOutputTokens: number | undefined
  /** Of failures that the provider or the network calls passing; with a pause before each that grows from 2 s. */
  readonly maxRetries: number
  /** For the whole call, retries included. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Values that no error message may show. */
  readonly secrets: readonly string[]
}

export interface ModelReply {
  readonly text: string
  /** Did the token limit cut it off? */
  readonly truncated: boolean
  /** Settings that the provider could not honour, in the library's words. */
  readonly warnings: readonly object[]
}

/** @throws `model-unreachable`, `model-refused`, `model-timeout` or `model-empty`; any of them after `signal` fired. */
export async function callModel(call: ModelCall): Promise<ModelReply> {
  const timeout = AbortSignal.timeout(call.timeoutMs)
  const {
    text,
    finishReason,
    warnings = [],
  } = await generate(call, AbortSignal.any([call.signal, timeout])).catch((error: unknown) => {
    if (timeout.aborted) throw timedOut(call.modelName, call.timeoutMs)
    throw callFailed(call.modelName, failureOf(error, call.secrets))
  })
  if (text.trim() === '') throw emptyReply(call.modelName, finishReason)
  return { text: text.trim(), truncated: finishReason === 'length', warnings }
}

function generate(call: ModelCall, abortSignal: AbortSignal) {
  return generateText({
    model: call.model,
    instructions: call.systemPrompt,
    messages: call.messages,
    maxRetries: call.maxRetries,
    abortSignal,
    ...(call.maxOutputTokens !== undefined && { maxOutputTokens: call.maxOutputTokens }),
  })
}

/**
 * The thrown error itself is not passed on as a cause: it holds the request, and so what the person wrote, and headers.
 */
function failureOf(thrown: unknown, secrets: readonly string[]): CallFailure {
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
