import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { connectGateway } from '../src/control/client.ts'
import { killAll, makeCheckout, moltbot, type Place, runGateway, writeConfig } from './moltbot.ts'
import { scratch } from './scratch.ts'

let bin = ''

beforeAll(() => {
  bin = makeCheckout()
})

afterEach(killAll)

const configWith = (fake: object = {}) => ({
  gateway: { port: 0 },
  agents: { defaults: { model: { primary: 'builtin/echo' } } },
  channels: { fake },
})
const place = (fake?: object): Place => ({ bin, stateDir: scratch(), config: writeConfig(configWith(fake)) })

async function statusForHost(url: string, host: string): Promise<number | undefined> {
  const [response] = await once(request(`${url}/healthz`, { headers: { host } }).end(), 'response')
  response.resume()
  return response.statusCode
}

describe('gateway run', () => {
  it('tells programs when it is ready, lets only its owner in, and ends with 0 on SIGTERM', async () => {
    const here = place()
    const { child, event, finished } = runGateway(here)
    const ready = await event('gateway.ready')
    expect(ready).toMatchObject({
      level: 'info',
      pid: child.pid,
      msg: expect.any(String),
      time: expect.any(String),
    })
    const url = String(ready.url)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect((await fetch(`${url}/api/status`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(
      401,
    )
    expect(await statusForHost(url, 'rebound.example')).toBe(403)
    const token = readFileSync(join(here.stateDir, 'control-token'), 'utf8').trim()
    expect((await fetch(`${url}/api/status`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(
      200,
    )
    child.kill('SIGTERM')
    expect(await finished).toMatchObject({ code: 0, stderr: '' })
  })

  it.each([
    [
      'Asia/Beijing',
      'TZ="Asia/Beijing" is not a time zone, so times are in UTC; did you mean "Asia/Shanghai"?',
    ],
    ['UTC+8', 'TZ="UTC+8" counts westwards'],
  ])('starts with TZ=%s, reports it once, and shows it in the status', async (TZ, words) => {
    const here = { ...place(), env: { TZ } }
    const { event, lines, child } = runGateway(here)
    await event('gateway.ready')
    child.kill('SIGHUP') // Reads the configuration again.
    await event('config.applied')
    const reported = lines().filter((line) => line.event === 'time-zone.unknown')
    expect(reported).toMatchObject([{ level: 'error', msg: expect.stringContaining(words) }])
    const english = await moltbot(here, 'gateway', 'status')
    expect(english).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ *warning/m) })
    expect(english.stdout).toContain(words)
    const chinese = await moltbot({ ...here, env: { TZ, LC_ALL: 'zh_CN.UTF-8' } }, 'gateway', 'status')
    expect(chinese.stdout).toMatch(/TZ=.*时区|TZ=.*UTC 以西/)
  })

  it('names the gateway that has the state directory, and ends with 1', async () => {
    const here = place()
    const { event, child } = runGateway(here)
    const { url } = await event('gateway.ready')
    const second = await runGateway(here).finished
    expect(second.code).toBe(1)
    expect(second.stderr).toContain(`pid ${child.pid}, ${url}`)
    expect(second.stderr).not.toContain('    at ')
  })

  it('starts again after a kill -9, and forgets the address of the dead', async () => {
    const here = place()
    const first = runGateway(here)
    await first.event('gateway.ready')
    first.child.kill('SIGKILL')
    await first.finished
    expect(await moltbot(here, 'gateway', 'status')).toMatchObject({ code: 69 })
    const second = runGateway(here)
    await second.event('gateway.ready')
    expect(await moltbot(here, 'gateway', 'status')).toMatchObject({ code: 0 })
  })

  it('says that the port is taken, and ends with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const { code, stderr } = await runGateway(place(), '--port', port).finished
    other.close()
    expect(code).toBe(1)
    expect(stderr).toContain(`port ${port} is taken`)
    if (process.platform === 'linux') {
      expect(stderr).toContain(`by ${basename(process.execPath)} (pid ${process.pid})`)
    }
  })

  it('says where it looked for a configuration, and ends with 78', async () => {
    const { code, stderr } = await runGateway({ bin, stateDir: scratch() }).finished
    expect(code).toBe(78)
    expect(stderr).toContain('.moltbot/config.json5')
    expect(stderr).toContain('--sandbox')
    expect(stderr).toContain('config.example.json5')
  })

  it('points at what is wrong in a configuration, and ends with 78', async () => {
    const config = writeConfig({ ...configWith(), gatway: {} })
    const { code, stderr } = await runGateway({ bin, stateDir: scratch(), config }).finished
    expect(code).toBe(78)
    expect(stderr).toContain(`${config}:1:`)
    expect(stderr).toContain('did you mean')
  })

  it('ends at once on the second signal', async () => {
    const { child, event, lines, finished } = runGateway(place({ stopTakesMs: 60_000 }))
    await event('gateway.ready')
    child.kill('SIGINT')
    await event('gateway.stopping')
    await new Promise((resolve) => setTimeout(resolve, 400))
    child.kill('SIGINT')
    expect(await finished).toMatchObject({ code: 1 })
    expect(lines().some((line) => line.event === 'gateway.stopped')).toBe(false)
  })

  it('takes a Ctrl-C that arrives twice under npm for one', async () => {
    const { child, event, finished } = runGateway(place({ stopTakesMs: 300 }))
    await event('gateway.ready')
    child.kill('SIGINT')
    child.kill('SIGINT')
    expect(await finished).toMatchObject({ code: 0 })
  })
})

describe('signals', () => {
  it('reload a valid configuration and refuse an invalid one', async () => {
    const here = place({ accounts: { a: 'online' } })
    const { child, event, lines } = runGateway(here)
    await event('gateway.ready')
    writeFileSync(String(here.config), '{ broken')
    child.kill('SIGHUP')
    await event('config.rejected')
    const { stdout } = await moltbot(here, 'gateway', 'status')
    expect(stdout).toContain('not in use')
    writeFileSync(String(here.config), JSON.stringify(configWith({ accounts: { b: 'online' } })))
    const since = lines().length
    child.kill('SIGHUP')
    expect(await event('config.applied', since)).toMatchObject({ accounts: ['fake/a', 'fake/b'] })
    expect((await moltbot(here, 'gateway', 'status')).stdout).toContain('fake/b: online')
  })

  it('are not needed for a saved file', async () => {
    const here = place({ accounts: { a: 'online' } })
    const { event } = runGateway(here)
    await event('gateway.ready')
    writeFileSync(String(here.config), JSON.stringify(configWith({ accounts: { a: 'online', b: 'online' } })))
    expect(await event('config.applied')).toMatchObject({ accounts: ['fake/b'] })
    expect((await moltbot(here, 'gateway', 'status')).stdout).toContain('fake/b: online')
    expect(await connectGateway(here.stateDir).call('status')).toMatchObject({ unhandledErrors: 0 })
  })

  it('restart it in its process', async () => {
    const here = place()
    const { child, event, lines } = runGateway(here)
    await event('gateway.ready')
    const since = lines().length
    child.kill('SIGUSR1')
    expect(await event('gateway.ready', since)).toMatchObject({ pid: child.pid })
    expect(await connectGateway(here.stateDir).call('status')).toMatchObject({ unhandledErrors: 0 })
  })
})

describe('unhandled errors', () => {
  const say = (here: Place, text: string) => connectGateway(here.stateDir).call('send', { to: 'x', text })

  it('are logged and counted; a rejection changes nothing else', async () => {
    const here = place()
    const { event } = runGateway(here)
    await event('gateway.ready')
    await say(here, 'reject later')
    expect(await event('process.unhandled-rejection')).toMatchObject({ level: 'error' })
    expect(await connectGateway(here.stateDir).call('status')).toMatchObject({
      unhandledErrors: 1,
      restarts: 0,
    })
  })

  it('restart the accounts when they were thrown, and end the process when that does not help', async () => {
    const here = place()
    const { event, lines, finished } = runGateway(here)
    await event('gateway.ready')
    for (const _ of ['first', 'second']) {
      const since = lines().length
      await say(here, 'throw later')
      await event('process.uncaught-exception', since)
      await event('gateway.ready', since)
    }
    await say(here, 'throw later').catch(() => undefined)
    expect(await finished).toMatchObject({ code: 1 })
  })
})

it('no secret of the configuration, the channel or the control plane is ever logged', async () => {
  const here = place({ secret: 'channel-secret-1', accounts: { a: 'online', bad: 'throws' } })
  const secrets = { apiKey: 'sk-provider-secret-2', 'x-custom': 'header secret/3' }
  const config = {
    ...configWith({ secret: 'channel-secret-1', accounts: { a: 'online', bad: 'throws' } }),
    models: {
      providers: {
        nowhere: {
          api: 'openai-completions',
          baseUrl: 'http://127.0.0.1:9/v1',
          apiKey: secrets.apiKey,
          headers: { 'x-custom': secrets['x-custom'] },
          models: [],
        },
      },
    },
    agents: { defaults: { model: { primary: 'nowhere/model' } } },
  }
  writeFileSync(String(here.config), JSON.stringify(config))
  const { child, event, finished } = runGateway(here, '--log-level', 'trace')
  await event('gateway.ready')
  const token = readFileSync(join(here.stateDir, 'control-token'), 'utf8').trim()
  const leaky = `channel-secret-1 ${secrets.apiKey} ${secrets['x-custom']} ${token}`
  const sent = connectGateway(here.stateDir).call('send', { to: leaky, text: leaky })
  await expect(sent).rejects.toThrow()
  child.kill('SIGTERM')
  const { stdout, stderr } = await finished
  expect(stdout).toContain('[redacted]')
  for (const secret of ['channel-secret-1', 'provider-secret-2', 'header secret', 'header%20secret', token]) {
    expect(stdout + stderr).not.toContain(secret)
  }
})
