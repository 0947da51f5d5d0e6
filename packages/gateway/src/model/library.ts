/**
 * The AI SDK's own types of a model, which the library exports as part of others only.
 */

import type { LanguageModel } from 'ai'

export type Model = Extract<LanguageModel, { specificationVersion: 'v4' }>
export type CallOptions = Parameters<Model['doStream']>[0]
export type ModelPrompt = CallOptions['prompt']
export type PromptMessage = ModelPrompt[number]
export type UserPart = Extract<PromptMessage, { role: 'user' }>['content'][number]
export type Tools = NonNullable<CallOptions['tools']>
export type WholeResult = Awaited<ReturnType<Model['doGenerate']>>
export type StreamResult = Awaited<ReturnType<Model['doStream']>>
export type StreamPart = StreamResult['stream'] extends ReadableStream<infer Part> ? Part : never
