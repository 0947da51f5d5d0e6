/**
 * A hosted puppet whose server starts late, stops, and starts again. The account reconnects by itself. The reaction of the
 * library to a broken stream (a logout a minute later, and then no events) has no effect.
 */

import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { mock } from 'wechaty-puppet-mock'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { freePort, type HostedMock, startHostedMock } from './support/hosted-mock.ts'
import { until } from './support/process.ts'

const patienceMs = 60_000
const bot = { id: 'bot', name: 'Bot' }
const token = 'insecure_outage'

let port: number
let home: GatewayHome
let gateway: RunningGateway
let hosted: HostedMock | undefined

beforeEach(async () => {
  port = await freePort()
  const puppetOptions = { token, endpoint: `127.0.0.1:${port}` }
  home = new GatewayHome({
    agents: { defaults: { model: { primary: 'builtin/echo' } } },
    messages: { inbound: { debounceMs: 0, mediaWaitMs: 0 } },
    channels: { wechat: { puppet: 'service', puppetOptions, dmPolicy: 'open' } },
  })
})
afterEach(async () => {
  await home.dispose()
  await hosted?.close()
})

const states = () => gateway.lines().flatMap(({ event, state }) => (event === 'account.state' ? [state] : []))

async function reaches(state: string, times: number): Promise<void> {
  await until(
    () => states().filter((one) => one === state).length >= times || undefined,
    gateway.stdout,
    patienceMs,
  )
}

/** The answers of the bot to a text of Alice. */
async function ask(text: string): Promise<string> {
  if (hosted === undefined) throw new Error('no server')
  const { mocker } = hosted
  const alice = mocker.createContact({ id: 'alice', name: 'Alice' })
  const answers: string[] = []
  // The types of the mock lack its event methods.
  Reflect.apply(EventEmitter.prototype.on, alice, [
    'message',
    (message: mock.MessageMock) => {
      if (message.talker().id === bot.id) answers.push(message.text() ?? '')
    },
  ])
  alice.say(text).to(mocker.ContactMock.load(bot.id))
  return until(() => answers[0], gateway.stdout, patienceMs)
}

describe('an account on a hosted puppet', () => {
  it('connects when its server starts late, and again after an outage', async () => {
    gateway = home.start()
    await gateway.line({ event: 'account.state', state: 'reconnecting' })
    hosted = await startHostedMock({ port, token, bot })
    await reaches('online', 1)
    expect(await ask('first')).toContain('first')

    await hosted.close()
    const before = states().filter((state) => state === 'reconnecting').length
    await reaches('reconnecting', before + 1)
    hosted = await startHostedMock({ port, token, bot })
    await reaches('online', 2)
    expect(await ask('second')).toContain('second')
    expect(states()).not.toContain('logged-out')
    expect(gateway.lines().filter(({ event }) => String(event).startsWith('process.'))).toEqual([])
  }, 180_000)
})
