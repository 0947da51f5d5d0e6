/**
 * Schedules as people and the operator meet them: a reminder that is asked for in a chat, a job of the configuration, and the
 * commands of `moltbot schedules`.
 */

import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { until } from './support/process.ts'

const owner = 'o9Owner@im.wechat'
const patience = { timeout: 120_000 }

let backend: Backend
let model: ModelServer
let home: GatewayHome
let gateway: RunningGateway
let botId: string

const remind = { name: 'remind', input: { text: 'Tea is ready!', inMinutes: 0.02 } }
const job = { to: owner, cron: '0 8 * * *', timeZone: 'UTC' }

beforeEach(async () => {
  backend = await startBackend()
  model = await startModelServer({
    reply: ({ lastUserText, toolResults }) => {
      if (lastUserText.includes('list') && toolResults.length === 0)
        return { toolCalls: [{ name: 'list_schedules', input: {} }] }
      if (!lastUserText.includes('remind me')) return `re: ${toolResults.at(-1) ?? lastUserText}`
      return toolResults.length === 0 ? { toolCalls: [remind] } : `understood: ${toolResults.at(-1)}`
    },
  })
  const jobs = { hello: { ...job, text: 'Hello!' }, news: { ...job, prompt: 'the news' } }
  const config = configOf(backend, model.baseUrl, { default: {} })
  home = new GatewayHome({ ...config, schedules: { jobs } })
  gateway = await home.startReady()
  const { url } = await gateway.line({ event: 'account.qr' })
  botId = (await backend.scanAndConfirm(String(url), owner)).botId
  await gateway.line({ event: 'account.state', state: 'online' })
})
afterEach(async () => {
  await home.dispose()
  await Promise.all([backend.close(), model.close()])
})

const moltbot = async (...args: string[]) => {
  const { code, stdout, stderr } = await home.moltbot('schedules', ...args)
  return { code, said: stdout + stderr }
}
const stateOf = async (id: string) => {
  const { said } = await moltbot('list', '--json')
  const found: { id: string; runs: { state: string }[] }[] = JSON.parse(said)
  return found.find((one) => one.id === id)?.runs[0]?.state
}

it('a person asks for a reminder, hears what was understood, and is reminded', patience, async () => {
  await backend.control.inbound({ botId, text: 'remind me of the tea' })
  const [understood, reminder] = await backend.repliesOf(botId, 2, 20_000)
  expect(understood).toMatch(/^understood: .*Stored as chat:\w{8}: once: \w+, \d{4}-\d\d-\d\d \d\d:\d\d/s)
  expect(understood).toContain('It will be sent at that time')
  expect(reminder).toBe('Tea is ready!')
  await backend.control.inbound({ botId, text: 'list them' })
  const replies = await backend.repliesOf(botId, 3)
  expect(replies[2]).toContain('Nothing is scheduled in this chat.')
})

it(
  'the operator lists, runs, pauses and resumes jobs, and what cannot be sent comes when the person writes',
  patience,
  async () => {
    expect((await moltbot('list')).said).toMatch(/^ID +ACCOUNT +TO +NEXT +MESSAGE\nhello +default/)
    expect(await moltbot('run', 'hello')).toMatchObject({ code: 0 })
    expect(await moltbot('run', 'news')).toMatchObject({ code: 0 })
    await until(
      async () =>
        ((await stateOf('hello')) === 'queued' && (await stateOf('news')) === 'queued') || undefined,
      gateway.stdout,
      30_000,
    )
    expect((await moltbot('list')).said).toContain('last: queued')
    // They are for the owner, whom a gateway that starts does not know before its account is logged in.
    await gateway.stop()
    gateway = await home.startReady()
    await gateway.line({ event: 'account.state', state: 'online' })
    await backend.control.inbound({ botId, text: 'hi' })
    const [digest, answer] = await backend.repliesOf(botId, 2, 20_000)
    expect(digest).toMatch(/2 messages were waiting for you:.*Hello!.*re: /s)
    expect(answer).toContain('re: ')
    await until(
      async () => ((await stateOf('hello')) === 'sent' && (await stateOf('news')) === 'sent') || undefined,
      gateway.stdout,
      30_000,
    )
    expect(await moltbot('pause', 'hello')).toEqual({ code: 0, said: 'hello is paused.\n' })
    expect((await moltbot('list')).said).toMatch(/hello .* paused/)
    expect(await moltbot('resume', 'hello')).toEqual({ code: 0, said: 'hello goes on.\n' })
    expect(await moltbot('remove', 'hello')).toMatchObject({
      code: 1,
      said: expect.stringContaining('schedules.jobs'),
    })
    expect(await moltbot('run', 'nothing')).toMatchObject({
      code: 1,
      said: expect.stringContaining('there is no schedule'),
    })
  },
)

it('a reminder that is due while the gateway is killed comes after its start, once', patience, async () => {
  await backend.control.inbound({ botId, text: 'remind me of the tea' })
  await backend.repliesOf(botId, 1)
  gateway.kill('SIGKILL')
  await gateway.exited
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  gateway = await home.startReady()
  const replies = await backend.repliesOf(botId, 2, 20_000)
  expect(replies.filter((text) => text.includes('Tea is ready!'))).toHaveLength(1)
  await gateway.stop()
  expect((await backend.replies(botId)).filter((text) => text.includes('Tea is ready!'))).toHaveLength(1)
})
