/**
 * iLink ends a login in the middle of an answer (-14): what waits arrives after the next login, in order, and once.
 */

import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { until } from './support/process.ts'

const owner = 'o9Owner@im.wechat'
/** Parts of 2,000 characters at most. */
const long = ['A', 'B', 'C', 'D'].map((letter) => letter.repeat(1_500)).join('\n\n')

let backend: Backend
let model: ModelServer
let home: GatewayHome
let gateway: RunningGateway

beforeEach(async () => {
  backend = await startBackend()
  model = await startModelServer({
    reply: ({ lastUserText }) => (lastUserText.includes('long') ? long : `answer to ${lastUserText}`),
  })
  home = new GatewayHome(configOf(backend, model.baseUrl, { alpha: {} }))
  gateway = await home.startReady()
})
afterEach(async () => {
  await home.dispose()
  await Promise.all([backend.close(), model.close()])
})

/** Scans the code that is shown after the last login of this gateway ended. */
async function logIn(): Promise<string> {
  const ended = gateway.lines().findLastIndex(({ state }) => state === 'logged-out')
  const line = (fields: object) =>
    until(() => {
      const since = gateway.lines().slice(ended + 1)
      return since.find((one) => Object.entries(fields).every(([key, value]) => one[key] === value))
    }, gateway.stdout)
  const { url } = await line({ event: 'account.qr' })
  const { botId } = await backend.scanAndConfirm(String(url), owner)
  await line({ event: 'account.state', state: 'online' })
  return botId
}

const lettersOf = (texts: readonly string[]) => texts.map((text) => text[0])

it.each([
  ['while the gateway runs', async () => undefined],
  [
    'and the gateway is killed before the next login',
    async () => {
      gateway.kill('SIGKILL')
      await gateway.exited
      gateway = await home.startReady()
    },
  ],
])(
  '%s',
  async (_name, meanwhile) => {
    const first = await logIn()
    await backend.control.inbound({ botId: first, text: 'a long answer please' })
    await backend.repliesOf(first, 1)
    await backend.control.expireSession(first)
    await gateway.line({ event: 'account.state', state: 'logged-out' })
    const listed = await home.moltbot('outbox', 'list', '--lang', 'zh-CN')
    expect(listed.stdout).toMatch(/重新扫码/)
    expect(listed.stdout).toMatch(/要等同一个回答里的消息 \d+ 先发出/)

    await meanwhile()
    const second = await logIn()
    await backend.control.inbound({ botId: second, text: 'hello' })
    const replies = await backend.repliesOf(second, 4, 20_000)
    expect(lettersOf(replies)).toEqual(['B', 'C', 'D', 'a'])
    expect(replies.at(-1)).toBe('answer to hello')
    expect(lettersOf(await backend.replies(first))).toEqual(['A'])
  },
  60_000,
)
