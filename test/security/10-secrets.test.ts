// biome-ignore-all lint/suspicious/noTemplateCurlyInString: configurations hold references to variables
/**
 * Class 10: secrets leak. A gateway is run at the most verbose log level, reloaded with another key and stopped. Then all
 * of its visible output is searched for its secrets.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Backend, startBackend } from '../support/backend.ts'
import { configOf, fakeApiKey } from '../support/config.ts'
import { GatewayHome, type RunningGateway } from '../support/gateway.ts'
import { scrape } from '../support/metrics.ts'

const newApiKey = 'sk-test-fedcba9876543210'

let backend: Backend
let model: ModelServer
let home: GatewayHome
let gateway: RunningGateway
let botId: string

beforeAll(async () => {
  backend = await startBackend()
  model = await startModelServer()
  home = new GatewayHome(config('${MODEL_KEY}'), { MODEL_KEY: fakeApiKey })
  gateway = await home.startReady()
  const { url } = await gateway.line({ event: 'account.qr' })
  botId = (await backend.scanAndConfirm(String(url), 'o9Owner@im.wechat')).botId
  await gateway.line({ event: 'account.state', state: 'online' })
})
afterAll(async () => {
  await home.dispose()
  await Promise.all([backend.close(), model.close()])
})

function config(apiKey: string): object {
  const written = JSON.stringify(configOf(backend, model.baseUrl, { shop: {} }))
  return { ...JSON.parse(written.replaceAll(fakeApiKey, apiKey)), logging: { level: 'trace' } }
}

/** The secrets that this gateway sent to the backend and the model, and its own token. */
async function secrets(): Promise<string[]> {
  const requests = await backend.control.requests()
  const bearers = requests.map(({ headers }) => (headers.authorization ?? '').replace(/^Bearer /, ''))
  const control = readFileSync(join(home.stateDir, 'control-token'), 'utf8').trim()
  return [...new Set([...bearers, control, fakeApiKey, newApiKey])].filter((secret) => secret !== '')
}

describe('a running gateway', { timeout: 60_000 }, () => {
  it('sends the new key after a reload, and the old one never again', async () => {
    await backend.control.inbound({ botId, text: 'one' })
    await backend.repliesOf(botId, 1)
    home.configure(config(newApiKey))
    gateway.kill('SIGHUP')
    await gateway.line({ event: 'config.applied' })
    await backend.control.inbound({ botId, text: 'two' })
    await backend.repliesOf(botId, 2)
    expect(model.requests.map(({ authorization }) => authorization)).toEqual([
      `Bearer ${fakeApiKey}`,
      `Bearer ${newApiKey}`,
    ])
  })

  it('redacts secrets in errors that quote them', async () => {
    model.fail({ status: 401, times: 1, message: `the key ${newApiKey} is wrong` })
    await backend.control.inbound({ botId, text: 'three' })
    const [, , apology] = await backend.repliesOf(botId, 3)
    expect(apology).not.toContain(newApiKey)
    await gateway.line({ event: 'turn.failed' })
  })

  it.runIf(process.platform === 'linux')('has no secrets in its arguments', async () => {
    const args = readFileSync(`/proc/${gateway.pid}/cmdline`, 'utf8')
    expect(args).toContain('gateway')
    for (const secret of await secrets()) expect(args).not.toContain(secret)
  })

  it('has no secrets in its status and its configuration', async () => {
    const status = await home.moltbot('gateway', 'status', '--json')
    const shown = await home.moltbot('config', 'get', 'models', '--config', home.configPath)
    expect([status.code, shown.code]).toEqual([0, 0])
    expect(shown.stdout).toContain(model.baseUrl)
    for (const secret of await secrets()) expect(status.stdout + shown.stdout).not.toContain(secret)
  })

  it('has no secrets in its metrics', async () => {
    const page = await scrape(home, gateway)
    expect(page).toContain(
      'moltbot_model_calls_total{channel="wechat",account="shop",outcome="model-refused"} 1',
    )
    for (const secret of await secrets()) expect(page).not.toContain(secret)
  })

  it('has no secrets in its log at the most verbose level', async () => {
    await gateway.stop()
    const printed = gateway.stdout() + gateway.stderr()
    const held = await secrets()
    expect(held.length).toBeGreaterThanOrEqual(4)
    for (const secret of held) expect(printed).not.toContain(secret)
  })

  it.skipIf(process.platform === 'win32')('has no files that other users can read', () => {
    const entries = readdirSync(home.stateDir, { recursive: true, withFileTypes: true })
    const open = entries
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => (statSync(path).mode & 0o077) !== 0)
    expect(statSync(home.stateDir).mode & 0o777).toBe(0o700)
    expect(entries.length).toBeGreaterThan(3)
    expect(open).toEqual([])
  })
})
