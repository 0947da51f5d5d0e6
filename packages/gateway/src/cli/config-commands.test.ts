import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChannelPlugin } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { englishSpeech } from '../language/speech.ts'
import { configCommands } from './config-commands.ts'

const chat: ChannelPlugin = {
  id: 'chat',
  label: 'Chat',
  configSchema: z.strictObject({
    accounts: z.record(z.string(), z.object({ token: z.string() })).optional(),
    loud: z.boolean().optional(),
    volume: z.number().optional().meta({ default: 3 }),
  }),
  warnings: () => [{ path: ['loud'], message: 'people may mind' }],
  create: () => Promise.reject(new Error('nothing is started here')),
}

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moltbot-cli-'))
  file = join(folder, 'c.json5')
})
afterEach(() => rmSync(folder, { recursive: true }))

async function run(...args: string[]): Promise<{ out: string; err: string; code: number }> {
  const result = { out: '', err: '', code: 0 }
  const command = configCommands({
    env: { HOME: folder, TOKEN: 'sesame' },
    channels: async () => [chat],
    speech: englishSpeech,
    stdout: (text) => {
      result.out += `${text}\n`
    },
    stderr: (text) => {
      result.err += `${text}\n`
    },
    setExitCode: (code) => {
      result.code = code
    },
  })
  await command.parseAsync(args, { from: 'user' })
  return result
}

const fine = `{
  agents: { defaults: { model: 'builtin/echo' } },
  channels: { chat: { loud: true, accounts: { a: { token: '\${TOKEN}' }, b: { token: 'literal' } } } },
}`

test('path prints the file in use', async () => {
  writeFileSync(file, fine)
  expect(await run('path', '--config', file)).toEqual({ out: `${file}\n`, err: '', code: 0 })
  expect(JSON.parse((await run('path', '--json', '--config', file)).out)).toEqual({ path: file })
})

test('without a file every command says where it looked, with the exit code for configuration', async () => {
  for (const args of [['path'], ['validate'], ['get', 'gateway']]) {
    const { out, err, code } = await run(...args)
    expect({ out, code }).toEqual({ out: '', code: 78 })
    expect(err).toContain(join(folder, '.clawdbot', 'moltbot.json'))
  }
})

test('validate says in one line that the file is valid, and shows warnings', async () => {
  writeFileSync(file, fine)
  expect(await run('validate', '--config', file)).toEqual({
    out: `${file} is valid; accounts: chat/a, chat/b\n`,
    err: `${file}:3:23: warning: channels.chat.loud: people may mind\n`,
    code: 0,
  })
})

test('validate prints one line a problem on stderr', async () => {
  writeFileSync(file, '{ gateway: { prot: 1 }, channels: { chat: { loud: 1 } } }')
  expect(await run('validate', '--config', file)).toEqual({
    out: '',
    err: [
      `${file}:1:14: gateway.prot: unknown key; did you mean "port"? Allowed: port, bind, publicHosts, shutdownTimeoutMs`,
      `${file}:1:45: channels.chat.loud: expected true or false, found 1\n`,
    ].join('\n'),
    code: 78,
  })
})

test('validate --json is for programs', async () => {
  writeFileSync(file, fine)
  const good = await run('validate', '--json', '--config', file)
  expect(JSON.parse(good.out)).toMatchObject({
    ok: true,
    path: file,
    accounts: ['chat/a', 'chat/b'],
    problems: [{ line: 3 }],
  })
  writeFileSync(file, '{ x: }')
  const bad = await run('validate', '--json', '--config', file)
  expect(JSON.parse(bad.out)).toMatchObject({
    ok: false,
    code: 'config-invalid',
    problems: [{ file, line: 1, column: 6 }],
  })
  expect({ err: bad.err, code: bad.code }).toEqual({ err: '', code: 78 })
})

test('schema prints a JSON Schema with the channels in it, without a configuration', async () => {
  const { out, code } = await run('schema')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    properties: {
      gateway: { properties: { port: { default: 18_789 }, $include: {}, mode: { deprecated: true } } },
      channels: { properties: { chat: { properties: { loud: { type: 'boolean' } } } } },
    },
  })
})

test('get prints a value, defaults included', async () => {
  writeFileSync(file, fine)
  const get = async (...args: string[]) => (await run('get', ...args, '--config', file)).out.trimEnd()
  expect(await get('gateway.bind')).toBe('loopback')
  expect(await get('gateway.bind', '--json')).toBe('"loopback"')
  expect(await get('messages.inbound.debounceMs')).toBe('500')
  expect(JSON.parse(await get('agents'))).toEqual({
    defaults: {
      model: { primary: 'builtin/echo' },
      turnTimeoutSeconds: 120,
      maxToolSteps: 10,
      maxTurnTokens: 300_000,
    },
  })
})

test('get marks what is a default, on stderr and not for programs', async () => {
  writeFileSync(file, fine)
  const get = (...args: string[]) => run('get', ...args, '--config', file)
  expect(await get('gateway.bind')).toEqual({
    out: 'loopback\n',
    err: 'gateway.bind is the default\n',
    code: 0,
  })
  expect((await get('agents')).err).toBe(
    'defaults: agents.defaults.turnTimeoutSeconds, agents.defaults.maxToolSteps, agents.defaults.maxTurnTokens\n',
  )
  for (const key of ['agents.defaults.model', 'agents.defaults.model.primary', 'channels.chat']) {
    expect((await get(key)).err).toBe('')
  }
  expect((await get('gateway.bind', '--json')).err).toBe('')
})

test('get prints the default of a key of a channel that is not set', async () => {
  writeFileSync(file, fine)
  expect(await run('get', 'channels.chat.volume', '--config', file)).toEqual({
    out: '3\n',
    err: 'channels.chat.volume is not set; this is the default\n',
    code: 0,
  })
})

test('get hides the password of a proxy', async () => {
  writeFileSync(file, "{ network: { proxy: 'http://ann:hunter2@127.0.0.1:7890' } }")
  for (const key of ['network', 'network.proxy', 'network.proxy.url']) {
    const { out } = await run('get', key, '--config', file)
    expect(out).toContain('…@127.0.0.1:7890')
    expect(out).not.toContain('hunter2')
  }
})

test('get covers secrets, at any height', async () => {
  writeFileSync(file, fine)
  for (const key of ['channels', 'channels.chat.accounts.a', 'channels.chat.accounts["b"].token']) {
    const { out } = await run('get', key, '--config', file)
    expect(out).toContain('[secret]')
    expect(out).not.toMatch(/sesame|literal/)
  }
})

test('get of what is not set fails, and of what is no key is a usage error', async () => {
  writeFileSync(file, fine)
  expect(await run('get', 'gateway.nope', '--config', file)).toMatchObject({
    err: 'gateway.nope is not set\n',
    code: 1,
  })
  expect(await run('get', 'constructor', '--config', file)).toMatchObject({ code: 1 })
  expect(await run('get', 'a..b', '--config', file)).toMatchObject({ code: 2 })
})

test('no command writes the file', async () => {
  writeFileSync(file, fine)
  for (const args of [['path'], ['validate'], ['get', 'channels']]) await run(...args, '--config', file)
  expect(readFileSync(file, 'utf8')).toBe(fine)
})
