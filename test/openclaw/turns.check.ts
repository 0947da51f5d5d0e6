/**
 * One gateway and its owner, from the login on: what the agent may use and send, and the host's commands beside it.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/process.ts'
import { type OpenClaw, openClawStage } from './stage.ts'

const owner = 'oOwner@im.wechat'

describe('WeChat in a real OpenClaw', () => {
  let host: OpenClaw
  let botId = ''
  const say = (text: string, from = owner) => host.backend.control.inbound({ botId, text, from })
  const logged = (text: string | RegExp) =>
    until(() => (host.log().match(text) ? true : undefined), host.log, 60_000)

  beforeAll(async () => {
    host = await openClawStage({
      // The host takes such a line for a file of the reply.
      reply: ({ lastUserText }) =>
        lastUserText.includes('a secret file')
          ? 'Here it is.\nMEDIA:/etc/passwd'
          : `reply to: ${lastUserText}`,
    })
    host.configure({
      puppet: 'ilink',
      puppetOptions: host.backend.puppetOptions,
      dms: { [owner]: { tools: ['read', 'no-such-tool'] } },
    })
    await host.start()
  })
  afterAll(() => host?.close())

  it('logs in by the code in the log', async () => {
    const url = await until(() => /https?:\/\/\S*qrcode=[^"\s]+/.exec(host.log())?.[0], host.log, 60_000)
    botId = (await host.backend.scanAndConfirm(url, owner)).botId
    const { control } = host.backend
    await until(async () => ((await control.sent({ botId })) ? true : undefined), host.log)
  })

  it('answers by the agent of the host, with exactly the tools that the configuration admits', async () => {
    await say('hello from WeChat')
    await host.backend.repliesOf(botId, 1, 120_000)
    const asked = host.model.requests.at(-1)
    expect(asked?.tools).toEqual(['read'])
    expect(asked?.messages.some(({ text }) => text.includes('hello from WeChat'))).toBe(true)
  })

  it('sends no file of the machine that the agent may not send', async () => {
    const before = (await host.backend.control.sent({ botId })).length
    await say('a secret file')
    const shown = await until(
      async () => {
        const sent = (await host.backend.control.sent({ botId })).slice(before)
        return sent.length > 0 ? sent : undefined
      },
      host.log,
      60_000,
    )
    await logged('online')
    expect(shown.map(({ media }) => media)).toEqual(shown.map(() => undefined))
    expect((await host.backend.replies(botId)).join()).not.toContain('root:')
  })

  it('shows the account in channels status', async () => {
    const { code, output } = await host.run('channels', 'status', '--probe')
    expect(output).toMatch(/wechaty/i)
    expect(output).toContain('WeChat')
    expect(code).toBe(0)
  })

  it('sends by hand through the running gateway', async () => {
    const target = ['--channel', 'wechaty', '--target', owner]
    const { output } = await host.run('message', 'send', ...target, '--message', 'sent by hand')
    expect(await host.backend.replies(botId), output).toContain('sent by hand')
  })

  it('pairs who is new, by the command of the host', async () => {
    const before = (await host.backend.replies(botId)).length
    await say('may I?', 'oStranger@im.wechat')
    const [code] = await until(
      async () => {
        const texts = (await host.backend.replies(botId)).slice(before)
        return /\b[A-HJ-NP-Z2-9]{8}\b/.exec(texts.join()) ?? undefined
      },
      host.log,
      60_000,
    )
    expect((await host.run('pairing', 'list', 'wechaty')).output).toContain(code)
    const { output } = await host.run('pairing', 'approve', 'wechaty', code)
    expect(output).toMatch(/approved/i)
    await say('thank you', 'oStranger@im.wechat')
    await until(() => (host.model.requests.some(asks('thank you')) ? true : undefined), host.log, 60_000)
  })

  it('passes config validate of the host', async () => {
    const { code, output } = await host.run('config', 'validate')
    expect(code, output).toBe(0)
  })
})

function asks(text: string) {
  return ({ messages }: { messages: readonly { text: string }[] }) =>
    messages.some((one) => one.text.includes(text))
}
