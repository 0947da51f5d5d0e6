/**
 * The whole product as a user runs it: the real gateway in a child process, the real backend protocol, a model server.
 */

import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf, fakeApiKey } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { until } from './support/process.ts'

const owner = 'o9Owner@im.wechat'
const stranger = 'o9Stranger@im.wechat'

let backend: Backend
let model: ModelServer
let home: GatewayHome
let gateway: RunningGateway
let alphaBot: string
let betaBot: string
/** The log lines of all gateways that ran. */
let printed = ''

beforeAll(async () => {
  backend = await startBackend()
  model = await startModelServer({ reply: ({ lastUserText }) => `answer to ${lastUserText}` })
  home = new GatewayHome(configOf(backend, model.baseUrl, { alpha: {}, beta: {} }))
})
afterAll(async () => {
  await home.dispose()
  await Promise.all([backend.close(), model.close()])
})

describe('a gateway with two iLink accounts', { timeout: 60_000 }, () => {
  it('shows the QR code of each in the log and goes online when it is scanned', async () => {
    gateway = await home.startReady()
    const [alpha, beta] = await Promise.all(['alpha', 'beta'].map((accountId) => logIn(accountId)))
    alphaBot = alpha?.botId ?? ''
    betaBot = beta?.botId ?? ''
    expect(alphaBot).not.toBe(betaBot)
  })

  it("answers a direct message with the model's text and does not affect the other account", async () => {
    await backend.control.inbound({ botId: alphaBot, text: 'hello' })
    expect(await backend.repliesOf(alphaBot, 1)).toEqual(['answer to hello'])
    expect(await backend.replies(betaBot)).toEqual([])
  })

  it('sends a pairing code to an unknown sender and does not process the message', async () => {
    await backend.control.inbound({ botId: alphaBot, from: stranger, text: 'let me in' })
    const code = await until(async () => pairingCode((await backend.replies(alphaBot))[1]))
    expect(model.requests.map((request) => request.lastUserText)).not.toContain('let me in')

    const approved = await home.moltbot('pairing', 'approve', code, '--account', 'alpha')
    expect(approved).toMatchObject({ code: 0, stderr: '' })
    await backend.control.inbound({ botId: alphaBot, from: stranger, text: 'and now?' })
    await until(async () => (await backend.replies(alphaBot)).find((text) => text === 'answer to and now?'))
  })

  it('does not apply an approval of one account to the other', async () => {
    await backend.control.inbound({ botId: betaBot, from: stranger, text: 'me too' })
    const [reply] = await backend.repliesOf(betaBot, 1)
    expect(pairingCode(reply)).toBeDefined()
  })

  it('reports both as online in its status', async () => {
    const { code, stdout } = await home.moltbot('gateway', 'status', '--json')
    expect(code).toBe(0)
    expect(stdout).toContain('"alpha"')
    expect(stdout.match(/"online"/g)).toHaveLength(2)
  })

  it('ends on SIGTERM with exit 0', async () => {
    const killTimer = setTimeout(() => gateway.kill('SIGKILL'), 2_000)
    expect(await gateway.stop()).toBe(0)
    clearTimeout(killTimer)
  })

  it('starts again without a new scan and answers messages of the downtime once', async () => {
    const before = (await backend.replies(alphaBot)).length
    await backend.control.inbound({ botId: alphaBot, text: 'while you were away' })
    printed += gateway.stdout() + gateway.stderr()
    gateway = await home.startReady()
    await backend.repliesOf(alphaBot, before + 1)
    await backend.control.inbound({ botId: alphaBot, text: 'and after' })
    const replies = (await backend.repliesOf(alphaBot, before + 2)).slice(before)
    expect(replies).toEqual(['answer to while you were away', 'answer to and after'])
    expect(gateway.lines().some((line) => line.event === 'account.qr')).toBe(false)
  })

  it('apologises if the model is unreachable, reports the reason to the operator, and continues', async () => {
    const before = (await backend.replies(alphaBot)).length
    model.fail({ status: 401, times: 1, message: 'bad key' })
    await backend.control.inbound({ botId: alphaBot, text: '你好' })
    const [apology] = (await backend.repliesOf(alphaBot, before + 1)).slice(before)
    expect(apology).toMatch(/抱歉/)
    expect(apology).not.toMatch(/bad key|401/)
    await gateway.line({ event: 'turn.failed', accountId: 'alpha' })
    await backend.control.inbound({ botId: alphaBot, text: 'again' })
    expect((await backend.repliesOf(alphaBot, before + 2)).at(-1)).toBe('answer to again')
  })

  it('never prints a secret', async () => {
    await gateway.stop()
    printed += gateway.stdout() + gateway.stderr()
    expect(printed).not.toContain(fakeApiKey)
    const tokens = new Set(
      (await backend.control.requests()).flatMap((request) => bearerOf(JSON.stringify(request)) ?? []),
    )
    expect(tokens.size).toBe(2)
    for (const token of tokens) expect(printed).not.toContain(token)
  })
})

function bearerOf(request: string): string | undefined {
  return /"authorization":"Bearer ([^"]+)"/i.exec(request)?.[1]
}

async function logIn(accountId: string) {
  const { url } = await gateway.line({ event: 'account.qr', accountId })
  const bot = await backend.scanAndConfirm(String(url), owner + accountId)
  await gateway.line({ event: 'account.state', accountId, state: 'online' })
  return bot
}

function pairingCode(text: string | undefined): string | undefined {
  return /\b[A-HJ-NP-Z2-9]{8}\b/.exec(text ?? '')?.[0]
}
