/**
 * What the questions of `setup` need around them.
 */

import { type ChannelPlugin, MoltbotError } from '@moltbot/channel-sdk'
import { english, type Speech } from '../language/speech.ts'
import type { Check, Prompter } from './prompter.ts'

export interface World {
  /** Undefined: nobody can be asked. */
  readonly prompter: Prompter | undefined
  readonly speech: Speech
  readonly plugin: ChannelPlugin
  /** The folder of the configuration. */
  readonly folder: string
  /** With the variables of an `.env` that is there already. */
  readonly env: NodeJS.ProcessEnv
  /** The variables of that file alone. */
  readonly stored: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** Refuses an empty answer. */
export function needed({ say }: Pick<Speech, 'say'>): Check {
  return (text) => (text === '' ? say('Something is needed here.') : undefined)
}

/** @throws `usage` where nobody can be asked: a flag should have said it */
export function asking({ prompter }: World): Prompter {
  if (prompter !== undefined) return prompter
  throw new MoltbotError('usage', english('error: there is no terminal to ask at'))
}

/** What the schema of the channel says about a part of its configuration. */
export function flawIn(
  { configSchema }: ChannelPlugin,
  part: object,
  { translate }: Speech,
): string | undefined {
  const result = configSchema['~standard'].validate(part)
  const issue = result instanceof Promise ? undefined : result.issues?.[0]
  return issue && translate(issue.message)
}
