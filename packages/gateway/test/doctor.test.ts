/**
 * `moltbot doctor` as a user types it, with and without a gateway.
 */

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { markFolder } from '../src/state/state-mark.ts'
import { killAll, makeCheckout, moltbot, type Place, runGateway, writeConfig } from './moltbot.ts'
import { scratch } from './scratch.ts'

let bin = ''
const models: ModelServer[] = []

beforeAll(() => {
  bin = makeCheckout()
})

afterEach(async () => {
  await killAll()
  await Promise.all(models.splice(0).map((model) => model.close()))
})

const key = 'sk-very-secret-key-of-mine'

async function modelServer(): Promise<ModelServer> {
  const model = await startModelServer()
  models.push(model)
  return model
}

function configWith(baseUrl: string, more: object = {}) {
  return writeConfig({
    gateway: { port: 0 },
    agents: { defaults: { model: { primary: 'mine/one' } } },
    models: { providers: { mine: { baseUrl, apiKey: key } } },
    channels: { fake: {} },
    ...more,
  })
}

function place(config?: string, env?: NodeJS.ProcessEnv): Place {
  return { bin, stateDir: scratch(), ...(config && { config }), ...(env && { env }) }
}

async function doctor(here: Place, ...args: string[]) {
  const file = here.config === undefined ? [] : ['--config', here.config]
  const { code, stdout, stderr } = await moltbot(here, 'doctor', '--json', ...file, ...args)
  expect(stderr).toBe('')
  const { ok, checks } = JSON.parse(stdout)
  const of = (about: string) => checks.filter((one: { about: string }) => one.about === about)
  return { code, ok, of, stdout }
}

describe('moltbot doctor without a gateway', () => {
  it('asks the model, and ends with 0 where nothing is wrong', async () => {
    const model = await modelServer()
    const { code, ok, of } = await doctor(place(configWith(model.baseUrl)))
    expect({ code, ok }).toEqual({ code: 0, ok: true })
    expect(of('model')).toMatchObject([
      { status: 'ok', message: expect.stringMatching(/^mine\/one answered in .* directly$/) },
    ])
    expect(of('gateway')).toMatchObject([{ status: 'warning' }])
    expect(model.requests).toHaveLength(1)
  })

  it('finds a state that was moved, on which a gateway would not start', async () => {
    const here = place(configWith('http://127.0.0.1:1'))
    await markFolder(here.stateDir, {
      id: 'a',
      phase: 'moved',
      other: { id: 'b', place: 'PostgreSQL there' },
    })
    const { code, of } = await doctor(here, '--offline')
    expect(code).toBe(1)
    expect(of('state')).toContainEqual(
      expect.objectContaining({
        status: 'problem',
        message: expect.stringContaining('moved to PostgreSQL there'),
      }),
    )
  })

  it('asks nothing outside this machine with --offline', async () => {
    const model = await modelServer()
    const { code } = await doctor(place(configWith(model.baseUrl)), '--offline')
    expect({ code, asked: model.requests.length }).toEqual({ code: 0, asked: 0 })
  })

  it.each([
    [401, 'check the API key of the provider'],
    [402, 'check the credit at the provider'],
    [404, 'check the name of the model'],
    [429, 'the provider limits the requests'],
    [500, 'check the provider'],
  ])('says what to do where the provider answers %s, and never shows the key', async (status, advice) => {
    const model = await modelServer()
    model.fail({ status, message: `bad key ${key}` })
    const { code, of, stdout } = await doctor(place(configWith(model.baseUrl)))
    expect(code).toBe(1)
    expect(of('model')).toMatchObject([{ status: 'problem', advice: expect.stringContaining(advice) }])
    expect(stdout).not.toContain(key)
  })

  it('reports every mistake of the configuration, and looks at the rest all the same', async () => {
    const config = writeConfig({
      gatway: {},
      channels: { fake: {} },
      models: { providers: { a: { apiKey: key } } },
    })
    const { code, of, stdout } = await doctor(place(config))
    expect(code).toBe(1)
    expect(of('config').length).toBeGreaterThan(1)
    expect(of('disk')).not.toEqual([])
    expect(stdout).not.toContain(key)
  })

  it('says where it looked for a configuration', async () => {
    const here = place()
    const { code, of } = await doctor(here)
    expect(code).toBe(1)
    expect(of('config')).toMatchObject([
      {
        message: expect.stringContaining(join(here.stateDir, '.moltbot', 'config.json5')),
        advice: expect.stringContaining('setup'),
      },
    ])
  })

  it('warns of a key in a file that others can read', async () => {
    const config = configWith('http://127.0.0.1:9/v1')
    chmodSync(config, 0o644)
    expect((await doctor(place(config), '--offline')).of('config')).toContainEqual(
      expect.objectContaining({ status: 'warning', advice: expect.stringContaining('chmod 600') }),
    )
  })

  it('starts each MCP server once, and says which does not work', async () => {
    const model = await modelServer()
    const odd = { command: process.execPath, args: [join(import.meta.dirname, 'mcp/odd-server.ts'), ''] }
    const gone = { command: 'no-such-program-here', args: ['--token', key], env: { TOKEN: key } }
    const config = configWith(model.baseUrl, { mcp: { servers: { odd, gone } } })
    const { code, of, stdout } = await doctor(place(config))
    expect(code).toBe(1)
    expect(of('MCP')).toMatchObject([
      { status: 'ok', message: expect.stringContaining('odd') },
      { status: 'problem', message: expect.stringContaining('gone') },
    ])
    expect(stdout).not.toContain(key)
  })

  it('reports a broken log, and goes on', async () => {
    const here = place(configWith('http://127.0.0.1:9/v1'))
    mkdirSync(join(here.stateDir, 'logs', 'gateway.log'), { recursive: true })
    const { of } = await doctor(here, '--offline')
    expect(of('log')).toMatchObject([{ status: 'problem' }])
  })
})

describe('moltbot doctor beside a gateway', () => {
  it('reports what the gateway knows, with the configuration that it uses', async () => {
    const model = await modelServer()
    const here = place(
      configWith(model.baseUrl, { channels: { fake: { accounts: { a: 'scan', b: 'online' } } } }),
    )
    chmodSync(String(here.config), 0o600)
    await runGateway(here).event('gateway.ready')
    const { code, of } = await doctor({ bin, stateDir: here.stateDir })
    expect(code).toBe(1)
    expect(of('config')).toMatchObject([{ message: expect.stringContaining(String(here.config)) }])
    expect(of('gateway')).toMatchObject([
      { status: 'ok' },
      { status: 'problem', message: expect.stringContaining('fake account a is scan') },
    ])
    expect(of('outbox')).toMatchObject([{ status: 'ok' }])
  })

  it('does without variables that only the gateway has', async () => {
    const config = writeConfig({ gateway: { port: 0 }, channels: { fake: { secret: `\${ONLY_THERE}` } } })
    const here = place(config, { ONLY_THERE: key })
    await runGateway(here).event('gateway.ready')
    const { of, stdout } = await doctor({ bin, stateDir: here.stateDir })
    expect(of('config')).toMatchObject([
      { status: 'warning', message: expect.stringContaining('ONLY_THERE') },
    ])
    expect(stdout).not.toContain(key)
  })

  it('finds a gateway that does not answer', async () => {
    const here = place(writeConfig({ gateway: { port: 0 }, channels: { fake: {} } }))
    const running = runGateway(here)
    await running.event('gateway.ready')
    running.child.kill('SIGKILL')
    await running.finished
    const { of } = await doctor(here, '--offline')
    expect(of('gateway')).toMatchObject([
      { status: 'warning', message: expect.stringContaining('no gateway is running') },
    ])
  })
})

describe('moltbot doctor for people', () => {
  it('fits 80 columns and is in their language', async () => {
    const here = place(writeConfig({ channels: { fake: {} } }), { COLUMNS: '80' })
    writeFileSync(join(here.stateDir, 'x'), '')
    const { code, stdout } = await moltbot(
      here,
      'doctor',
      '--offline',
      '--lang',
      'zh',
      '--config',
      String(here.config),
    )
    expect(code).toBe(1)
    expect(stdout).toMatch(/^问题 {2}模型 {2}没有配置模型/m)
    expect(stdout).toMatch(/问题 1 个，提醒 \d 个。\n$/)
  })
})
