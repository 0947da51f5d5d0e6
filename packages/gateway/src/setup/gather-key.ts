/**
 * The key of a provider: from a file, from the environment or an `.env` that is there already, or typed unseen.
 */

import { readFileSync } from 'node:fs'
import { MoltbotError } from '@moltbot/channel-sdk'
import { apiKeyProblem } from '../config/api-key.ts'
import { english } from '../language/speech.ts'
import { keyVariable } from './answers.ts'
import type { Check } from './prompter.ts'
import type { Provider } from './providers.ts'
import { needed, type World } from './world.ts'

export interface Key {
  /** Undefined: the provider needs none. */
  readonly value: string | undefined
  /** It is in `.env` already. */
  readonly isStored: boolean
}

interface KeyWorld extends World {
  /** A key that the provider has just refused. */
  readonly refused: string | undefined
}

/** @throws `usage`, `cancelled`, what the system says about the file */
export async function keyOf(
  { id, name, key }: Provider,
  file: string | undefined,
  world: KeyWorld,
): Promise<Key> {
  if (key === 'none') return { value: undefined, isStored: false }
  const read = file === undefined ? undefined : readKey(file)
  if (read !== undefined && read !== world.refused) return { value: read, isStored: false }
  const variable = keyVariable(id)
  const set = world.env[variable]
  if (set && set !== world.refused && (await isToBeUsed(variable, world)))
    return { value: set, isStored: world.stored[variable] === set }
  if (world.prompter !== undefined) return typedKey(name, key === 'optional', world)
  if (key === 'optional') return { value: undefined, isStored: false }
  const template =
    'error: the key is needed in the environment variable {name}, or in a file named with --key-file'
  throw new MoltbotError('usage', english(template, { name: variable }))
}

async function isToBeUsed(name: string, { prompter, speech: { say } }: World): Promise<boolean> {
  return prompter === undefined || prompter.confirm(say('Use the key in {name}?', { name }), true)
}

async function typedKey(name: string, isOptional: boolean, { prompter, speech }: KeyWorld): Promise<Key> {
  const { say, translate } = speech
  const question = isOptional
    ? say('Key of {name}; nothing if it needs none (it goes into .env, not into the configuration):', {
        name,
      })
    : say('Key of {name} (it goes into .env, not into the configuration):', { name })
  const check: Check = (text) => {
    if (text === '') return isOptional ? undefined : needed(speech)(text)
    const flaw = apiKeyProblem(text)
    return flaw && translate(flaw)
  }
  const value = await prompter?.secret(question, check)
  return { value: value || undefined, isStored: false }
}

/** @throws `usage` for a text that is no key */
function readKey(file: string): string {
  const value = readFileSync(file === '-' ? 0 : file, 'utf8').trim()
  const flaw = value === '' ? english('is missing') : apiKeyProblem(value)
  if (flaw === undefined) return value
  throw new MoltbotError('usage', english('error: the key {flaw}', { flaw }))
}
