/**
 * What an operator reads about a message that is refused, in both languages: in the outbox, and where `channels explain` and
 * `channels send` say whether one could be sent now. Through the real gateway, backend and command line.
 */

import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { until } from './support/process.ts'

const owner = 'o9Owner@im.wechat'

let backend: Backend
let home: GatewayHome
let gateway: RunningGateway
let botId: string

beforeAll(async () => {
  backend = await startBackend()
  const config = configOf(backend, 'http://127.0.0.1:9/v1', { alpha: {} })
  home = new GatewayHome({ ...config, agents: { defaults: { model: { primary: 'builtin/echo' } } } })
  gateway = await home.startReady()
  const { url } = await gateway.line({ event: 'account.qr' })
  botId = (await backend.scanAndConfirm(String(url), owner)).botId
  await gateway.line({ event: 'account.state', state: 'online' })
})
afterAll(async () => {
  await home.dispose()
  await backend.close()
})

const ret = (value: number, errmsg: string) => ({ kind: 'ret', value, errmsg }) as const

/** A question whose answer is refused. Resolves when the outbox has the reason. */
async function refuse(fault: object, text: string, which: readonly string[] = []): Promise<void> {
  await backend.control.fault({ endpoint: 'sendmessage', kind: 'status', ...fault })
  await backend.control.inbound({ botId, text })
  await until(async () => {
    const { stdout } = await home.moltbot('outbox', 'list', ...which, '--json')
    return /"reason": *"[^"]*sendmessage/.test(stdout) || undefined
  })
}

/** What the command prints in English and in Chinese, each cell in one line. */
async function said(...command: string[]): Promise<{ en: string; zh: string }> {
  const [en, zh] = await Promise.all(
    ['en', 'zh-CN'].map(async (lang) => {
      const { stdout, stderr } = await home.moltbot(...command, '--lang', lang)
      return stdout + stderr
    }),
  )
  return { en: (en ?? '').replaceAll(/\n +/g, ' '), zh: (zh ?? '').replaceAll(/\n +/g, '') }
}

const explained = () => said('channels', 'explain', '--dm', owner)

it.each([
  [
    '-2 "prepare failed"',
    ret(-2, 'prepare failed'),
    /the person has to write again first/,
    /额度：.*要等对方再发一条消息/,
  ],
  ['-4', ret(-4, ''), /the person has not written yet/, /窗口已关闭：对方还没有发过消息/],
])(
  '%s: the outbox and explain say what the answer waits for, and it arrives after the next message',
  async (name, fault, en, zh) => {
    const before = (await backend.replies(botId)).length
    await refuse(fault, name)
    const [listed, explanation] = await Promise.all([said('outbox', 'list'), explained()])
    expect(listed.en).toMatch(en)
    expect(listed.zh).toMatch(zh)
    expect(explanation.en).toMatch(new RegExp(`sending +- +waiting in this chat: \\d; .*${en.source}`))
    expect(explanation.zh).toMatch(new RegExp(`发送 +- +这个会话里等待发送的：\\d ?条；.*${zh.source}`))
    await backend.control.inbound({ botId, text: 'are you there' })
    const replies = (await backend.repliesOf(botId, before + 2, 20_000)).slice(before)
    expect(replies.filter((text) => text.includes(name))).toHaveLength(1)
  },
  60_000,
)

it('-3: the outbox says why the answer was given up', async () => {
  await refuse(ret(-3, 'invalid arguments'), 'final', ['--failed'])
  const { en, zh } = await said('outbox', 'list', '--failed')
  expect(en).toMatch(/invalid-argument: .*ids are case-sensitive/)
  expect(zh).toMatch(/参数无效：.*id ?区分大小写/)
}, 60_000)

it('-13: what waits behind the pause of the account is listed with it, and nothing is sent by hand', async () => {
  const before = (await backend.replies(botId)).length
  // However long the commands take, the backend goes on refusing.
  await refuse({ ...ret(-13, ''), times: 20 }, 'too many')
  const pause = /the account pauses until \d{4}-\d\d-\d\d .*, because the backend accepts no more messages/
  const inChinese = /服务端暂不接受更多消息，整个账号暂停到 ?\d{4}-/
  const explanation = await explained()
  expect(explanation.en).toMatch(new RegExp(`sending +wait +rate-limited: ${pause.source}`))
  expect(explanation.zh).toMatch(new RegExp(`发送 +等待 +频率限制：${inChinese.source}`))

  const byHand = await said('channels', 'send', '--to', owner, '--text', 'hello')
  expect(byHand.en).toMatch(pause)
  expect(byHand.zh).toMatch(inChinese)
  const queued = await said('channels', 'send', '--to', owner, '--text', 'later', '--queue')
  expect(queued.en).toMatch(pause)

  const listed = await said('outbox', 'list')
  expect(listed.en).toMatch(/too many messages/)
  expect(listed.en).toMatch(pause)
  expect(listed.zh).toMatch(/消息太多/)
  expect(listed.zh).toMatch(inChinese)
  expect(await backend.replies(botId)).toHaveLength(before)
}, 60_000)
