/** How a puppet may say no. What it refuses for good has one error; every other refusal has to make sense. */
import assert from 'node:assert/strict'
import { DeadlineError } from './deadline.ts'

/**
 * The beginning of the error of `PUPPET.throwUnsupportedError`, which has no class and no code. A gRPC status
 * stands before it when a hosted puppet refused.
 */
const unsupported = /^(?:\d+ [A-Z_]+: )?Wechaty Puppet Unsupported API Error\./

/** What V8 says when code ran into its own bug: a missing method, a field of nothing. Also seen over gRPC. */
const accident =
  /\b(?:Type|Reference)Error\b|is not a function|Cannot (?:read|set) properties of|Cannot destructure/

export function isUnsupportedError(error: unknown): boolean {
  return error instanceof Error && unsupported.test(error.message)
}

/** Whether a person can tell from the error that the puppet meant to refuse. No answer at all is no refusal. */
export function isClearRefusal(error: unknown): boolean {
  if (error instanceof DeadlineError) return false
  return error instanceof Error && error.message.trim() !== '' && !accident.test(String(error))
}

export function assertClearRefusal(error: unknown): void {
  assert(isClearRefusal(error), `not a clear refusal: ${String(error)}`)
}
