import { type BackendInfo, type ChannelPlugin, MoltbotError } from '@moltbot/channel-sdk'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { channels } from '../../test/config-folder.ts'
import { englishSpeech } from '../language/speech.ts'
import { gatherAnswers, type SetupFlags } from './gather.ts'
import type { Prompter } from './prompter.ts'

const unknown = 'unknown' as const
const backend: BackendInfo = {
  name: 'wechaty-puppet-ilink',
  shortName: 'ilink',
  groups: 'no',
  media: 'yes',
  typing: 'yes',
  ids: 'stable',
  banRisk: 'none',
  summary: 'The official one.',
  installed: { version: '1.0.0', folder: '/x' },
}
const risky: BackendInfo = {
  ...backend,
  name: 'wechaty-puppet-web',
  shortName: 'web',
  groups: 'yes',
  banRisk: 'high',
  warning: 'it bites',
}
const hosted: BackendInfo = {
  ...backend,
  name: 'wechaty-puppet-service',
  shortName: 'service',
  groups: unknown,
  needsToken: true,
}
const [wechat] = channels
const plugin: ChannelPlugin = { ...(wechat as ChannelPlugin), backends: async () => [backend, risky, hosted] }

let model: ModelServer
beforeEach(async () => {
  model = await startModelServer()
})
afterEach(() => model.close())

/** Answers each question whose text has the key; a list is taken from the left. Unknown questions fail. */
function scripted(script: Readonly<Record<string, readonly (string | boolean)[]>>) {
  const left = new Map(Object.entries(script).map(([key, answers]) => [key, [...answers]]))
  const said: string[] = []
  const next = (question: string) => {
    said.push(question)
    const [key] = [...left.keys()].filter((one) => question.includes(one))
    const answer = key === undefined ? undefined : left.get(key)?.shift()
    if (answer === undefined) throw new Error(`nobody answers: ${question}`)
    return answer
  }
  const typed = (question: string, check: (text: string) => string | undefined): string => {
    const answer = String(next(question))
    const flaw = check(answer)
    if (flaw === undefined) return answer
    said.push(flaw)
    return typed(question, check)
  }
  const prompter: Prompter = {
    select: async (question, choices) => {
      const answer = next(question)
      const choice = choices.find(({ value }) => value === answer)
      if (choice === undefined) throw new Error(`no choice ${String(answer)}`)
      return choice.value
    },
    text: async (question, { check }) => typed(question, check),
    secret: async (question, check) => typed(question, check),
    confirm: async (question) => next(question) === true,
    note: (text) => void said.push(text),
    warn: (text) => void said.push(text),
  }
  return { prompter, said }
}

function gather(
  flags: SetupFlags,
  prompter?: Prompter,
  env: NodeJS.ProcessEnv = {},
  stored: NodeJS.ProcessEnv = {},
) {
  const { signal } = new AbortController()
  return gatherAnswers(flags, {
    prompter,
    speech: englishSpeech,
    plugin,
    folder: '/x',
    env: { ...stored, ...env },
    stored,
    signal,
  })
}

const key = 'sk-1234567890'
const people = { 'Who may write': ['pairing'], 'short notices': ['auto'] }

describe('without a terminal', () => {
  it('names the flags that are missing', async () => {
    await expect(gather({})).rejects.toThrow('these are needed: --backend, --provider, --model')
    await expect(gather({ backend: 'ilink', provider: 'echo', dmPolicy: 'allowlist' })).rejects.toThrow(
      'needed: --allow-from',
    )
  })

  it('needs no more than those', async () => {
    expect(await gather({ backend: 'ilink', provider: 'echo' })).toEqual({
      channel: 'wechat',
      backend: 'ilink',
      hasGroups: false,
      accounts: [{ id: 'default' }],
      model: { primary: 'builtin/echo' },
      dmPolicy: 'pairing',
      allowFrom: [],
      groups: false,
      replyLanguage: 'auto',
      variables: {},
    })
  })

  it('takes the key of the environment, tries it, and stores it for a service', async () => {
    const flags: SetupFlags = { backend: 'ilink', provider: 'deepseek', model: 'm', baseUrl: model.baseUrl }
    const { variables } = await gather(flags, undefined, { DEEPSEEK_API_KEY: key })
    expect(variables).toEqual({ DEEPSEEK_API_KEY: key })
    expect(model.requests[0]).toMatchObject({ authorization: `Bearer ${key}` })
    expect((await gather(flags, undefined, {}, { DEEPSEEK_API_KEY: key })).variables).toEqual({})
  })

  it.each([
    ['has no key', {}, {}, 'needed in the environment variable DEEPSEEK_API_KEY'],
    ['has a key that is none', { keyFile: '/dev/null' }, {}, 'error: the key is missing'],
    ['does not know the provider', { provider: 'mine' }, {}, '--base-url is needed; known are: deepseek, '],
    [
      'has no token',
      { backend: 'service' },
      {},
      'token of the hosted puppet is needed in the environment variable WECHATY_TOKEN',
    ],
    [
      'has two accounts for one token',
      { backend: 'service', account: ['a', 'b'] },
      { WECHATY_TOKEN: 't' },
      'serves one account',
    ],
    ['has a bad account', { account: ['x'.repeat(200)] }, {}, '--account: '],
  ])('says so where it %s', async (_, flags, env, message) => {
    const all: SetupFlags = { backend: 'ilink', provider: 'deepseek', model: 'm', check: false, ...flags }
    await expect(gather(all, undefined, env)).rejects.toThrow(message)
  })

  it('fails with what the provider says, without the key', async () => {
    model.fail({ status: 401, message: `bad ${key}` })
    const flags: SetupFlags = { backend: 'ilink', provider: 'deepseek', model: 'm', baseUrl: model.baseUrl }
    const failed = await gather(flags, undefined, { DEEPSEEK_API_KEY: key }).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(MoltbotError)
    expect(String(failed)).toContain('HTTP 401')
    expect(String(failed)).not.toContain(key)
  })
})

describe('at a terminal', () => {
  it('asks what no flag says, and nothing else', async () => {
    const { prompter, said } = scripted({
      'How is WeChat': ['wechaty-puppet-ilink'],
      'Which provider': ['none'],
      ...people,
    })
    const answers = await gather({ account: ['书店'] }, prompter)
    expect(answers.accounts).toEqual([{ id: 'account1', name: '书店' }])
    expect(answers.model).toBeUndefined()
    expect(said).toContain('The official one.')
  })

  it('asks nothing that has a default with --yes', async () => {
    const { prompter, said } = scripted({})
    await gather({ backend: 'ilink', provider: 'echo', yes: true }, prompter)
    expect(said).toEqual([])
  })

  it('warns of a risky backend, and asks again where it is not wanted', async () => {
    const { prompter, said } = scripted({
      'How is WeChat': ['wechaty-puppet-web', 'wechaty-puppet-web'],
      'all the same': [false, true],
      'answer in groups': ['open'],
      ...people,
    })
    const answers = await gather({ provider: 'echo', account: ['a'] }, prompter)
    expect(answers).toMatchObject({ backend: 'web', hasGroups: true, groups: true })
    expect(said.filter((text) => text === 'warning: it bites')).toHaveLength(2)
  })

  it('asks for another key where the first is refused, and never shows one', async () => {
    model.fail({ status: 401, times: 1, message: 'no sk-refused-key' })
    const { prompter, said } = scripted({
      'Key of DeepSeek': ['sk-refused-key', '密钥', '', 'sk-second-key'],
      'Name of the model': ['m', 'm'],
      'Write it all the same': [false],
      ...people,
    })
    const flags: SetupFlags = {
      backend: 'ilink',
      provider: 'deepseek',
      baseUrl: model.baseUrl,
      account: ['a'],
    }
    const { variables, model: chosen } = await gather(flags, prompter)
    expect(variables).toEqual({ DEEPSEEK_API_KEY: 'sk-second-key' })
    expect(chosen?.primary).toBe('deepseek/m')
    expect(said.join('\n')).not.toMatch(/sk-\w+-key/)
    expect(said).toContain('Something is needed here.')
  })

  it('offers a stored key once, and asks for another where it is refused', async () => {
    model.fail({ status: 402, times: 1 })
    const { prompter } = scripted({
      'Use the key in DEEPSEEK_API_KEY': [true],
      'Key of DeepSeek': ['sk-second-key'],
      'Name of the model': ['m', 'm'],
      'Write it all the same': [false],
      ...people,
    })
    const flags: SetupFlags = {
      backend: 'ilink',
      provider: 'deepseek',
      baseUrl: model.baseUrl,
      account: ['a'],
    }
    const { variables } = await gather(flags, prompter, {}, { DEEPSEEK_API_KEY: key })
    expect(variables).toEqual({ DEEPSEEK_API_KEY: 'sk-second-key' })
  })

  it('takes a server of one’s own without a key', async () => {
    const { prompter } = scripted({
      'Which provider': ['other'],
      'Address of its API': ['ftp://x', 'http://user@x', model.baseUrl],
      'Key of custom': [''],
      'Name of the model': ['m'],
      ...people,
    })
    const { model: chosen, variables } = await gather({ backend: 'ilink', account: ['a'] }, prompter)
    expect(chosen).toEqual({
      primary: 'custom/m',
      provider: { id: 'custom', baseUrl: model.baseUrl, api: 'openai-completions' },
    })
    expect(variables).toEqual({})
  })

  it('asks a hosted puppet’s token unseen, and ids for an allowlist', async () => {
    const { prompter } = scripted({
      'token of the hosted': ['insecure_t'],
      'answer in groups': ['disabled'],
      'Who may write': ['allowlist'],
      'Ids of those': ['bad id: x', 'o9A@im.wechat，o9B@im.wechat'],
      'short notices': ['en'],
    })
    const answers = await gather(
      { backend: 'service', provider: 'none', account: ['a'], endpoint: '127.0.0.1:1' },
      prompter,
    )
    expect(answers).toMatchObject({
      hosted: { variable: 'WECHATY_TOKEN', endpoint: '127.0.0.1:1' },
      allowFrom: ['o9A@im.wechat', 'o9B@im.wechat'],
      variables: { WECHATY_TOKEN: 'insecure_t' },
    })
  })
})
