/**
 * `wechaty-puppet-wechat` in the real gateway, with a real Chromium and without WeChat: the reported error if the page
 * cannot be opened, the steps from the QR code to an answer with a fake page, and that no browser is left running.
 */

import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findChromium } from '../../extensions/wechat/src/puppets/chromium.ts'
import { GatewayHome, type RunningGateway } from '../support/gateway.ts'
import { until } from '../support/process.ts'
import { isAlive, type OwnProcess, processesWith } from '../support/processes.ts'
import { noHosts, qrText, startWebWeChat, type WebWeChat } from '../support/web-wechat.ts'

const chromium = process.platform === 'linux' ? findChromium(process) : undefined
const whySkipped = chromium === undefined ? ' (skipped: no Chromium was found, or this is not Linux)' : ''
if (whySkipped !== '') console.warn(`the tests of web WeChat in Chromium${whySkipped}`)

/** That a browser has died is noticed after half a minute. */
const patienceMs = 240_000
vi.setConfig({ testTimeout: 2 * patienceMs, hookTimeout: patienceMs })

/** Environment of the gateway and its child processes. */
let temporary: string
let home: GatewayHome

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'web-'))
})
afterEach(() => home.dispose())

async function start(account: object, env: NodeJS.ProcessEnv = {}): Promise<RunningGateway> {
  home = new GatewayHome(
    {
      agents: { defaults: { model: { primary: 'builtin/echo' } } },
      channels: { wechat: { puppet: 'wechat', dmPolicy: 'open', ...account } },
    },
    { ...env, TMPDIR: temporary },
  )
  return home.startReady()
}

/** Waits longer than other tests, because a browser starts slowly. */
function line(gateway: RunningGateway, fields: Readonly<Record<string, unknown>>) {
  const has = (entry: Readonly<Record<string, unknown>>) =>
    Object.entries(fields).every(([key, value]) => entry[key] === value)
  return until(() => gateway.lines().find(has), gateway.stdout, patienceMs)
}

const becomes = (gateway: RunningGateway, state: string) => line(gateway, { event: 'account.state', state })

/** The puppet's processes. */
const family = ({ pid }: RunningGateway) => processesWith(temporary).filter((one) => one.pid !== pid)
const browsersIn = (processes: readonly OwnProcess[]) =>
  processes.filter(({ command }) => command.includes('chrom') && !command.includes('child/main'))

/** The puppet's processes, when its browser is running. */
function withBrowser(gateway: RunningGateway): Promise<OwnProcess[]> {
  const look = () => {
    const found = family(gateway)
    return browsersIn(found).some(({ command }) => command.includes('--type=renderer')) ? found : undefined
  }
  return until(look, gateway.stdout, patienceMs)
}

/** Resolves when none of the processes is running. */
async function gone(processes: readonly OwnProcess[]): Promise<void> {
  const left = () => processes.filter(({ pid }) => isAlive(pid))
  await until(
    () => left().length === 0 || undefined,
    () => JSON.stringify(left()),
    patienceMs,
  )
}

/** Expects that no process and no file is left. */
async function nothingIsLeft(gateway: RunningGateway): Promise<void> {
  await until(
    () => processesWith(temporary).length === 0 || undefined,
    () => JSON.stringify(processesWith(temporary)),
    patienceMs,
  )
  expect(isAlive(gateway.pid)).toBe(false)
  await until(
    () => readdirSync(temporary).length === 0 || undefined,
    () => readdirSync(temporary).join(),
  )
}

const status = async () => (await home.moltbot('channels', 'status')).stdout

describe.skipIf(chromium === undefined)(`web WeChat in Chromium${whySkipped}`, () => {
  it('tries again if wx.qq.com is unreachable, reports the reason, and leaves nothing', async () => {
    const launchOptions = { args: [noHosts] }
    const gateway = await start({ puppetOptions: { endpoint: chromium, uos: true, launchOptions } })
    const first = await withBrowser(gateway)
    const files = readdirSync(temporary)
    expect(files).toHaveLength(1)
    await becomes(gateway, 'reconnecting')
    await gone(first)
    // The folder is removed once the end of the process has been noticed, a moment after the process.
    const leftFiles = () => files.filter((name) => existsSync(join(temporary, name)))
    await until(
      () => leftFiles().length === 0 || undefined,
      () => leftFiles().join(),
    )
    const reason = 'wx.qq.com cannot be reached (net::ERR_NAME_NOT_RESOLVED)'
    expect(await becomes(gateway, 'reconnecting')).toMatchObject({
      reason: expect.stringContaining(reason),
      nextAction: 'wait',
    })
    await until(async () => (await status()).includes(reason) || undefined, gateway.stdout, patienceMs)
    await withBrowser(gateway)
    const warning = expect.stringContaining('official puppet "ilink" instead')
    expect(await line(gateway, { event: 'config.warning', path: 'puppet' })).toMatchObject({ msg: warning })
    expect(await status()).toMatch(
      /warning {2}puppet: WeChat warns and bans accounts .* use Tencent's official puppet "ilink" instead/,
    )
    expect(await gateway.stop()).toBe(0)
    await nothingIsLeft(gateway)
  })

  it('is ended with its browser if it exceeds its memory limit, and reports it', async () => {
    const web = await startWebWeChat()
    try {
      const gateway = await start({
        puppetOptions: { endpoint: chromium, launchOptions: { args: web.args } },
        puppetLimits: { maxMemoryMb: 300 },
      })
      const first = await withBrowser(gateway)
      const state = await line(gateway, { event: 'account.state', code: 'puppet-out-of-memory' })
      expect(state.reason).toMatch(/held \d+ MiB of memory; puppetLimits\.maxMemoryMb allows 300/)
      await gone(first)
      await gateway.stop()
      await nothingIsLeft(gateway)
    } finally {
      web.close()
    }
  })
})

describe.skipIf(chromium === undefined)(`a fake page of web WeChat${whySkipped}`, () => {
  let web: WebWeChat
  beforeEach(async () => {
    web = await startWebWeChat()
  })
  afterEach(() => web.close())

  it('shows a QR code, answers Ann after the scan, and ends its browser when the gateway is killed', async () => {
    const gateway = await start({ puppetOptions: { launchOptions: { args: web.args } } })
    expect(await line(gateway, { event: 'account.qr' })).toMatchObject({ url: qrText })
    expect(await status()).toContain('scan the QR code with WeChat')
    // Chromium was found, and `uos` is set, without keys in the configuration.
    expect(web.requests[0]).toBe('/?lang=zh_CN&target=t')
    web.scan()
    await line(gateway, { event: 'account.state', reason: 'scanned; confirm the login on the phone' })
    web.confirm()
    await becomes(gateway, 'online')
    web.say('hello')
    await until(() => web.sent.find((text) => text.includes('hello')), gateway.stdout, patienceMs)
    const all = await withBrowser(gateway)
    gateway.kill('SIGKILL')
    await gone(all)
    await nothingIsLeft(gateway)
  })

  it('is opened again when its browser dies', async () => {
    const gateway = await start({ puppetOptions: { launchOptions: { args: web.args } } })
    await becomes(gateway, 'scan')
    const all = await withBrowser(gateway)
    const main = browsersIn(all).find(
      ({ command }) => command.includes('--user-data-dir') && !command.includes('--type='),
    )
    process.kill(main?.pid ?? Number.NaN, 'SIGKILL')
    await becomes(gateway, 'reconnecting')
    await gone(all)
    const scans = () =>
      gateway.lines().filter(({ event, state }) => event === 'account.state' && state === 'scan')
    await until(() => scans()[1], gateway.stdout, patienceMs)
    await gateway.stop()
    await nothingIsLeft(gateway)
  })
})

describe('without a Chromium', () => {
  it('the account fails at once, and reports what to install', async () => {
    const gateway = await start(
      {},
      { PATH: temporary, CHROME_PATH: '', CHROME_BIN: '', PUPPETEER_EXECUTABLE_PATH: '' },
    )
    const { code, reason, nextAction } = await becomes(gateway, 'failed')
    expect({ code, nextAction }).toEqual({ code: 'chromium-missing', nextAction: 'fix-config' })
    expect(reason).toMatch(/apt-get install chromium.*puppetOptions\.endpoint/)
  })
})
