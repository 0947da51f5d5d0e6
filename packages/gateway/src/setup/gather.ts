/**
 * From flags and questions to the answers that `setup` needs. A flag answers its question; without a terminal, flags and
 * defaults have to answer all.
 */

import { type BackendInfo, MoltbotError } from '@moltbot/channel-sdk'
import { english, type Speech } from '../language/speech.ts'
import {
  accountsFrom,
  type DirectPolicy,
  directPolicies,
  replyLanguages,
  type SetupAnswers,
} from './answers.ts'
import { gatherModel, type ModelFlags } from './gather-model.ts'
import type { Check } from './prompter.ts'
import { asking, flawIn, needed, type World } from './world.ts'

export interface SetupFlags extends ModelFlags {
  readonly backend?: string
  readonly endpoint?: string
  readonly account?: readonly string[]
  readonly dmPolicy?: DirectPolicy
  readonly allowFrom?: readonly string[]
  readonly groups?: 'open' | 'disabled'
  readonly replyLanguage?: SetupAnswers['replyLanguage']
  /** What no flag says has its default. */
  readonly yes?: true
}

/** The variable for the token of a hosted puppet. */
const tokenVariable = 'WECHATY_TOKEN'
/** Needs neither installation nor browser, and no account is banned for it. */
const safeRisk = 'none'

/** @throws `usage` with the flags that are missing; `cancelled`; what a key or a model is refused with */
export async function gatherAnswers(flags: SetupFlags, world: World): Promise<SetupAnswers> {
  requireFlags(flags, world)
  const backend = await chooseBackend(flags, world)
  const token = backend.needsToken ? await tokenOf(world) : {}
  const accounts = await chooseAccounts(flags, backend, world)
  const chosen = await gatherModel(flags, world)
  const dmPolicy = await choosePolicy(flags, world)
  const allowFrom = await chooseIds(flags, dmPolicy, world)
  const hasGroups = backend.groups !== 'no'
  const endpoint = backend.needsToken ? flags.endpoint : undefined
  return {
    channel: world.plugin.id,
    backend: backend.shortName ?? backend.name,
    hasGroups,
    ...(backend.needsToken && {
      hosted: { variable: tokenVariable, ...(endpoint !== undefined && { endpoint }) },
    }),
    accounts,
    ...(chosen.model && { model: chosen.model }),
    dmPolicy,
    allowFrom,
    groups: hasGroups && (await chooseGroups(flags, world)) === 'open',
    replyLanguage: await chooseLanguage(flags, world),
    variables: { ...token, ...chosen.variables },
  }
}

function requireFlags(
  { backend, provider, model, dmPolicy, allowFrom }: SetupFlags,
  { prompter }: World,
): void {
  if (prompter !== undefined) return
  const isBuiltin = provider === 'echo' || provider === 'none'
  const missing = [
    ...(backend === undefined ? ['--backend'] : []),
    ...(provider === undefined ? ['--provider'] : []),
    ...(model === undefined && !isBuiltin ? ['--model'] : []),
    ...(dmPolicy === 'allowlist' && allowFrom === undefined ? ['--allow-from'] : []),
  ]
  if (missing.length === 0) return
  const template =
    'error: there is no terminal to ask at, so these are needed: {flags}; see: moltbot setup --help'
  throw new MoltbotError('usage', english(template, { flags: missing.join(', ') }))
}

async function chooseBackend({ backend: flag }: SetupFlags, world: World): Promise<BackendInfo> {
  const backends = (await world.plugin.backends?.(world.folder)) ?? []
  if (flag !== undefined) return backends.find(isCalled(flag)) ?? foreign(flag)
  const prompter = asking(world)
  const { speech } = world
  for (;;) {
    const choices = backends.map((one) => ({
      value: one.name,
      label: labelOf(one),
      hint: riskOf(one, speech),
    }))
    const name = await prompter.select(speech.say('How is WeChat to be reached?'), choices)
    const chosen = backends.find(isCalled(name)) ?? foreign(name)
    prompter.note(speech.translate(chosen.summary))
    if (chosen.warning === undefined) return chosen
    prompter.warn(speech.translate(`warning: ${chosen.warning}`))
    if (await prompter.confirm(speech.say('Use it all the same?'), false)) return chosen
  }
}

const isCalled = (name: string) => (one: BackendInfo) => one.name === name || one.shortName === name

/** A puppet that is in no list: nothing is known of it, and the configuration is checked with it. */
function foreign(name: string): BackendInfo {
  const unknown = 'unknown' as const
  return {
    name,
    groups: unknown,
    media: unknown,
    typing: unknown,
    ids: unknown,
    banRisk: unknown,
    summary: '',
  }
}

const labelOf = ({ name, shortName }: BackendInfo) => (shortName === undefined ? name : shortName)

function riskOf({ banRisk, groups, installed }: BackendInfo, { say }: Speech): string {
  const facts = [
    banRisk === safeRisk ? say('no risk of a ban') : banRisk === 'high' ? say('accounts may be banned') : '',
    groups === 'no' ? say('no groups') : groups === 'yes' ? say('groups') : '',
    installed === undefined ? say('not installed') : '',
  ]
  return facts.filter((fact) => fact !== '').join(', ')
}

async function tokenOf(world: World): Promise<Record<string, string>> {
  const { prompter, speech, env, stored } = world
  const set = env[tokenVariable]
  if (set) return stored[tokenVariable] === set ? {} : { [tokenVariable]: set }
  if (prompter !== undefined) {
    const question = speech.say('The token of the hosted puppet, from its vendor:')
    return { [tokenVariable]: await prompter.secret(question, needed(speech)) }
  }
  const template = 'error: the token of the hosted puppet is needed in the environment variable {name}'
  throw new MoltbotError('usage', english(template, { name: tokenVariable }))
}

async function chooseAccounts(
  { account, yes }: SetupFlags,
  { needsToken }: BackendInfo,
  { prompter, speech, plugin }: World,
) {
  const check: Check = (text) => {
    const accounts = accountsFrom(text)
    if (accounts.length === 0) return speech.say('Something is needed here.')
    if (needsToken && accounts.length > 1)
      return speech.say('A hosted puppet serves one account; add others to the configuration later.')
    const entries = accounts.map(({ id, ...rest }) => [id, rest])
    return flawIn(plugin, { accounts: Object.fromEntries(entries) }, speech)
  }
  if (account !== undefined || prompter === undefined || yes) {
    const text = account?.join(',') ?? 'default'
    const flaw = check(text)
    if (flaw !== undefined) throw new MoltbotError('usage', english('error: --account: {flaw}', { flaw }))
    return accountsFrom(text)
  }
  const question = speech.say('Names of the accounts, with commas between them (one bot for each):')
  return accountsFrom(await prompter.text(question, { initial: 'default', check }))
}

async function choosePolicy(
  { dmPolicy, yes }: SetupFlags,
  { prompter, speech: { say } }: World,
): Promise<DirectPolicy> {
  if (dmPolicy !== undefined || prompter === undefined || yes) return dmPolicy ?? 'pairing'
  const hints: Record<DirectPolicy, string> = {
    pairing: say('new people get a code, and you approve it'),
    allowlist: say('the ids that you list, and nobody else'),
    open: say('everybody; each answer costs you'),
    disabled: say('nobody, in direct chats'),
  }
  const choices = directPolicies.map((value) => ({ value, label: value, hint: hints[value] }))
  return prompter.select(say('Who may write to the bot?'), choices)
}

async function chooseIds(
  { allowFrom, yes }: SetupFlags,
  policy: DirectPolicy,
  { prompter, speech, plugin }: World,
): Promise<readonly string[]> {
  if (allowFrom !== undefined || policy !== 'allowlist' || prompter === undefined || yes)
    return allowFrom ?? []
  const check: Check = (text) => flawIn(plugin, { allowFrom: idsIn(text) }, speech)
  const question = speech.say(
    'Ids of those who may write, with commas between them (empty: whom you approve later):',
  )
  return idsIn(await prompter.text(question, { check }))
}

const idsIn = (text: string) =>
  text
    .split(/[,，\s]+/)
    .map((id) => id.trim())
    .filter((id) => id !== '')

async function chooseGroups({ groups, yes }: SetupFlags, { prompter, speech: { say } }: World) {
  if (groups !== undefined || prompter === undefined || yes) return groups ?? 'disabled'
  const choices = [
    { value: 'disabled', label: say('no') },
    { value: 'open', label: say('yes'), hint: say('where it is mentioned with @') },
  ] as const
  return prompter.select<'open' | 'disabled'>(say('Is the bot to answer in groups?'), choices)
}

async function chooseLanguage({ replyLanguage, yes }: SetupFlags, { prompter, speech: { say } }: World) {
  if (replyLanguage !== undefined || prompter === undefined || yes) return replyLanguage ?? 'auto'
  const labels = { auto: say('that of the person'), 'zh-CN': '中文', en: 'English' }
  const choices = replyLanguages.map((value) => ({ value, label: labels[value] }))
  return prompter.select(say('Language of short notices, such as "please wait":'), choices)
}
