/**
 * The part of `setup` about the model: provider, key, model. The key is tried before it is written anywhere.
 */

import { codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { adviceFor } from '../agent/model-health.ts'
import { askModel } from '../doctor/model-check.ts'
import { english } from '../language/speech.ts'
import { redact } from '../model/failures.ts'
import { echoModelName } from '../model/providers.ts'
import type { ProviderApi } from '../model/types.ts'
import { type ChosenModel, keyVariable } from './answers.ts'
import { type Key, keyOf } from './gather-key.ts'
import type { Choice } from './prompter.ts'
import { knownProviders, listModels, type Provider } from './providers.ts'
import { asking, needed, type World } from './world.ts'

export interface ModelFlags {
  /** The id of a known provider or of one's own, `echo`, or `none`. */
  readonly provider?: string
  readonly baseUrl?: string
  readonly api?: ProviderApi
  readonly model?: string
  /** File with the key; `-`: the input. */
  readonly keyFile?: string
  /** false: neither key nor model is tried. */
  readonly check?: boolean
}

export interface GatheredModel {
  readonly model?: ChosenModel
  /** The key, where it is to be written. */
  readonly variables: Readonly<Record<string, string>>
}

/** @throws `usage`, `cancelled`; without a terminal, what the key or the model is refused with */
export async function gatherModel(flags: ModelFlags, world: World): Promise<GatheredModel> {
  const choice = flags.provider ?? (await askProvider(world))
  if (choice === 'none') return { variables: {} }
  if (choice === 'echo') return { model: { primary: echoModelName }, variables: {} }
  const provider = await providerOf(choice, flags, world)
  let refused: string | undefined
  for (;;) {
    const key = await keyOf(provider, flags.keyFile, { ...world, refused })
    const model = await chooseModel(provider, key, flags, world)
    if (model !== undefined && (await isWanted(provider, key, model, flags, world)))
      return gathered(provider, key, model)
    refused = key.value
  }
}

function gathered({ id, baseUrl, api }: Provider, { value, isStored }: Key, model: string): GatheredModel {
  const variable = keyVariable(id)
  const hasKey = value !== undefined
  return {
    model: { primary: `${id}/${model}`, provider: { id, baseUrl, api, ...(hasKey && { variable }) } },
    variables: hasKey && !isStored ? { [variable]: value } : {},
  }
}

async function askProvider(world: World): Promise<string> {
  const { say } = world.speech
  const choices: Choice[] = [
    ...knownProviders.map(({ id, name, keyless }) => ({
      value: id,
      label: name,
      ...(keyless && { hint: say('on this machine') }),
    })),
    { value: 'other', label: say('another one with an OpenAI-compatible API') },
    { value: 'echo', label: say('an echo, to try things out without a model') },
    { value: 'none', label: say('none yet') },
  ]
  return asking(world).select(say('Which provider has the model that answers?'), choices)
}

async function providerOf(choice: string, { baseUrl, api }: ModelFlags, world: World): Promise<Provider> {
  const known = knownProviders.find(({ id }) => id === choice)
  if (known !== undefined) {
    const { id, name, model, keyless } = known
    const key = keyless ? 'none' : 'needed'
    return { id, name, baseUrl: baseUrl ?? known.baseUrl, api: api ?? known.api, suggested: model, key }
  }
  const id = choice === 'other' ? 'custom' : choice
  const address = baseUrl ?? (await askAddress(choice, world))
  return { id, name: id, baseUrl: address, api: api ?? 'openai-completions', key: 'optional' }
}

/** @throws `usage` */
async function askAddress(name: string, { prompter, speech: { say } }: World): Promise<string> {
  if (prompter === undefined) {
    const template = 'error: the provider "{name}" is not known, so --base-url is needed; known are: {names}'
    const names = knownProviders.map(({ id }) => id).join(', ')
    throw new MoltbotError('usage', english(template, { name, names }))
  }
  const isAddress = (text: string) => /^https?:\/\/[^\s@]+$/.test(text) && URL.canParse(text)
  const check = (text: string) => (isAddress(text) ? undefined : say('An http or https address is needed.'))
  return prompter.text(say('Address of its API, such as https://api.example.com/v1:'), { check })
}

/** @returns undefined where the key was refused, and another one is to be asked for */
async function chooseModel(
  { baseUrl, api, suggested }: Provider,
  { value: apiKey }: Key,
  { model, check }: ModelFlags,
  world: World,
): Promise<string | undefined> {
  if (model !== undefined) return model
  const prompter = asking(world)
  const { say } = world.speech
  if (check !== false) {
    try {
      const models = await listModels({ baseUrl, api, apiKey }, world.signal)
      if (models !== undefined) return await pickModel(models, suggested, world)
    } catch (error) {
      const reason = reasonOf(error, apiKey)
      if (codeOf(error) === 'cancelled') throw error
      if (codeOf(error) === 'key-refused') {
        prompter.warn(say('The provider does not accept this key ({reason}).', { reason }))
        return undefined
      }
      prompter.warn(say('The list of models could not be fetched: {reason}', { reason }))
    }
  }
  const initial = suggested === undefined ? {} : { initial: suggested }
  return prompter.text(say('Name of the model, as the provider writes it:'), {
    ...initial,
    check: needed(world.speech),
  })
}

function pickModel(models: readonly string[], suggested: string | undefined, world: World): Promise<string> {
  const first = models.find((id) => id === suggested) ?? models[0]
  const choices = models.map((id) => ({ value: id, label: id }))
  return asking(world).select(world.speech.say('Which model?'), choices, first)
}

/** Tries the model. @returns false: another key or model is to be asked for. @throws its error where nobody can be asked */
async function isWanted(
  { id, baseUrl, api }: Provider,
  { value: apiKey }: Key,
  model: string,
  { check, model: flag }: ModelFlags,
  { prompter, speech, signal }: World,
): Promise<boolean> {
  if (check === false) return true
  const { say, translate } = speech
  const primary = `${id}/${model}`
  prompter?.note(say('{model} is asked for one word.', { model: primary }))
  try {
    await askModel({ model: primary, providers: { [id]: { baseUrl, api, apiKey } } }, signal)
    prompter?.note(say('It answers.'))
    return true
  } catch (error) {
    if (prompter === undefined) throw error
    const reason = reasonOf(error, apiKey)
    prompter.warn(`${translate(reason)}\n-> ${translate(adviceFor(reason))}`)
    if (await prompter.confirm(say('Write it all the same?'), false)) return true
    if (flag !== undefined) throw error
    return false
  }
}

const reasonOf = (error: unknown, key: string | undefined) =>
  redact(messageOf(error), key === undefined ? [] : [key])
