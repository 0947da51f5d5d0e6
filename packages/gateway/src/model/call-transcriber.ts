/**
 * One voice turned into words through the AI SDK. Loads the SDK's core; import it dynamically.
 */

import { timeoutSignal } from '@moltbot/channel-sdk'
import { type TranscriptionModel, transcribe } from 'ai'
import { failureOf } from './call-model.ts'
import { callFailed, timedOut } from './failures.ts'

export interface TranscriptionCall {
  readonly model: TranscriptionModel
  /** `provider/model`, for error messages. */
  readonly modelName: string
  readonly audio: Uint8Array
  readonly language: string | undefined
  readonly maxRetries: number
  /** For the whole call, retries included. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Values that no error message may show. */
  readonly secrets: readonly string[]
}

/** @throws `model-unreachable`, `model-refused` or `model-timeout`; any of them after `signal` fired. */
export async function callTranscriber(call: TranscriptionCall): Promise<string> {
  const { model, modelName, audio, language, maxRetries, timeoutMs, signal, secrets } = call
  const timeout = timeoutSignal(timeoutMs)
  try {
    const { text } = await transcribe({
      model,
      audio,
      maxRetries,
      abortSignal: AbortSignal.any([signal, timeout]),
      ...(language !== undefined && { providerOptions: { openai: { language } } }),
    })
    return text
  } catch (error) {
    if (timeout.aborted) throw timedOut(modelName, timeoutMs)
    throw callFailed(modelName, failureOf(error, secrets))
  }
}
