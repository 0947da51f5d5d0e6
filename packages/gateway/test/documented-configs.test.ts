/**
 * The configurations that documents show: the family's own WeChat page, and this repository's example and sandbox.
 */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { resolveAccounts } from '../../../extensions/wechat/src/config/resolve.ts'
import { wechatConfigSchema } from '../../../extensions/wechat/src/config/schema.ts'
import { configJsonSchema, isObject } from '../src/config/json-schema.ts'
import { loadConfig } from '../src/config/load.ts'
import { channels } from './config-folder.ts'

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const load = (path: string, env: NodeJS.ProcessEnv = {}) => loadConfig({ path: fileOf(path), env, channels })

async function accounts(path: string, env?: NodeJS.ProcessEnv) {
  const loaded = await load(path, env)
  return resolveAccounts(wechatConfigSchema.parse(loaded.channels.get('wechat')))
}

test('quick setup', async () => {
  expect(await accounts('configs/quick-setup.json5')).toMatchObject([
    {
      id: 'default',
      enabled: true,
      name: 'My WeChat Bot',
      puppet: 'wechaty-puppet-wechat',
      qrCode: true,
      dmPolicy: 'pairing',
      allowFrom: new Set(['*']),
      groupPolicy: 'open',
      historyLimit: 20,
      dmHistoryLimit: 10,
      textChunkLimit: 2048,
    },
  ])
})

test('one account', async () => {
  expect(await accounts('configs/account.json5')).toMatchObject([{ id: 'default', name: 'WeChat Bot' }])
})

test('two accounts', async () => {
  expect(await accounts('configs/multi-account.json5')).toMatchObject([
    { id: 'account1', name: 'Personal WeChat', dmPolicy: 'open', allowFrom: new Set() },
    { id: 'account2', name: 'Work WeChat', dmPolicy: 'pairing', allowFrom: new Set(['user1', 'user2']) },
  ])
})

test('groups', async () => {
  const [account] = await accounts('configs/groups.json5')
  expect(account?.groups).toEqual(
    new Map([
      ['*', { requireMention: true }],
      ['specific-group-id', { requireMention: false, tools: { allow: ['weather', 'time'] } }],
    ]),
  )
})

test('streaming', async () => {
  expect(await accounts('configs/streaming.json5')).toMatchObject([
    { blockReplies: true, draftChunk: { minChars: 100, maxChars: 500 } },
  ])
})

test('a hosted puppet', async () => {
  expect(await accounts('configs/hosted-puppet.json5')).toMatchObject([
    { puppet: 'wechaty-puppet-service', puppetOptions: { token: 'your-service-token' } },
  ])
})

test("the repository's example loads without a warning", async () => {
  const loaded = await load('../../../config/config.example.json5', { OPENAI_API_KEY: 'sk-example' })
  expect(loaded.warnings).toEqual([])
  expect(loaded.secrets).toEqual(['sk-example'])
  expect(loaded.config.agents.defaults.model).toEqual({ primary: 'openai/gpt-5-mini' })
  expect(loaded.config.models.providers.openai).toMatchObject({
    apiKey: 'sk-example',
    models: [{ id: 'gpt-5-mini' }, { id: 'gpt-5' }],
  })
})

test("the repository's example names every key that this version serves", () => {
  const example = readFileSync(fileOf('../../../config/config.example.json5'), 'utf8')
  const missing = keysOf(configJsonSchema(channels)).filter(
    (key) => !new RegExp(`\\b${key}:|\\${key}:`).test(example),
  )
  expect(missing).toEqual([])
})

/** Every key that a schema serves, those left out that only another host reads. */
function keysOf(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(keysOf)
  if (!isObject(schema)) return []
  const { properties, additionalProperties, items, anyOf } = schema
  const own = Object.entries(isObject(properties) ? properties : {}).filter(
    ([, value]) => isObject(value) && !('not' in value) && value.description !== 'Read by OpenClaw only.',
  )
  const below = [...own.map(([, value]) => value), additionalProperties, items, anyOf]
  return [...new Set([...own.map(([key]) => key), ...below.flatMap(keysOf)])]
}

test('the sandbox is one iLink account at the addresses that the command gives, and the echo model', async () => {
  const env = { MOLTBOT_SANDBOX_URL: 'http://127.0.0.1:1', MOLTBOT_SANDBOX_CDN_URL: 'http://127.0.0.1:2' }
  const sandbox = '../../../config/sandbox.json5'
  expect(await accounts(sandbox, env)).toMatchObject([
    {
      id: 'default',
      puppet: 'wechaty-puppet-ilink',
      puppetOptions: {
        baseUrl: 'http://127.0.0.1:1',
        cdnBaseUrl: 'http://127.0.0.1:2',
        loginBaseUrl: 'http://127.0.0.1:1',
      },
    },
  ])
  const { config, warnings } = await load(sandbox, env)
  expect(warnings).toEqual([])
  expect(config).toMatchObject({
    gateway: { port: 18_789, bind: 'loopback' },
    agents: { defaults: { model: { primary: 'builtin/echo' } } },
    messages: { inbound: { debounceMs: 0, mediaWaitMs: 0 } },
  })
})
