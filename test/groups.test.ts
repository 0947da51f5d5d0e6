/**
 * Groups end to end: puppet-mock behind a real gRPC puppet service, the real gateway, and the requests to the model.
 */

import { EventEmitter } from 'node:events'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { mock } from 'wechaty-puppet-mock'
import { scheduleToolNames } from '../packages/gateway/src/schedules/tool-names.ts'
import { fakeApiKey } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { type HostedMock, startHostedMock } from './support/hosted-mock.ts'
import { until } from './support/process.ts'

let hosted: HostedMock
let model: ModelServer
let home: GatewayHome
let gateway: RunningGateway
let bot: mock.ContactMock
let alice: mock.ContactMock
let mallory: mock.ContactMock
const rooms = new Map<string, mock.RoomMock>()
/** Texts of the bot, after the id of the room. */
const said: string[] = []

const groups = {
  '*': { requireMention: true },
  'tools@chatroom': { tools: ['time'], toolsBySender: { mallory: [] } },
  'denied@chatroom': { tools: { allow: ['*'], deny: ['time'] } },
  'unknown@chatroom': { tools: ['no_such_tool'] },
  'silent@chatroom': { enabled: false },
  'free@chatroom': { requireMention: false, historyLimit: 2, systemPrompt: 'Be brief in this group.' },
  'members@chatroom': { allowFrom: ['alice'] },
}

beforeAll(async () => {
  hosted = await startHostedMock()
  model = await startModelServer({ reply: ({ lastUserText }) => `answer ${lastUserText.split('\n').at(-1)}` })
  home = new GatewayHome({
    agents: { defaults: { model: { primary: 'fake/fake-1' } } },
    models: {
      providers: {
        fake: {
          baseUrl: model.baseUrl,
          apiKey: fakeApiKey,
          api: 'openai-completions',
          models: [{ id: 'fake-1' }],
        },
      },
    },
    messages: { inbound: { debounceMs: 0, mediaWaitMs: 0 } },
    channels: { wechat: { puppet: 'service', puppetOptions: hosted.puppetOptions, groups } },
  })
  gateway = await home.startReady()
  const { mocker } = hosted
  bot = mocker.createContact({ id: 'bot', name: 'My Bot' })
  alice = mocker.createContact({ id: 'alice', name: 'Alice' })
  mallory = mocker.createContact({ id: 'mallory', name: 'alice' })
  mocker.login(bot)
  for (const id of Object.keys(groups).filter((key) => key !== '*')) {
    const name = id.replace('@chatroom', '')
    const room = mocker.createRoom({ id, topic: `Room ${name}`, memberIdList: ['bot', 'alice', 'mallory'] })
    // The types of the mock lack its event methods.
    Reflect.apply(EventEmitter.prototype.on, room, [
      'message',
      (message: mock.MessageMock) => {
        if (message.talker().id === 'bot') said.push(`${name}: ${message.text()}`)
      },
    ])
    rooms.set(name, room)
  }
  await gateway.line({ event: 'account.state', state: 'online' })
}, 60_000)
afterAll(async () => {
  await home.dispose()
  await Promise.all([hosted.close(), model.close()])
})

function room(id: string): mock.RoomMock {
  const found = rooms.get(id)
  if (found === undefined) throw new Error(`no room ${id}`)
  return found
}

/** Sends a message in the room and waits for the gateway's decision on it. */
async function say(
  talker: mock.ContactMock,
  roomId: string,
  text: string,
  mentions: mock.ContactMock[] = [],
) {
  const before = decisions().length
  talker.say(text, mentions).to(room(roomId))
  await until(
    () => (decisions().length > before ? true : undefined),
    () => gateway.stdout(),
  )
  return decisions().at(-1)
}

const decisions = () => gateway.lines().filter(({ event }) => event === 'message.decided')
const answerIn = (roomId: string, text: string) =>
  until(
    () => said.find((line) => line.startsWith(`${roomId}: `) && line.includes(text)),
    () => `${said.join('\n')}\n${gateway.stdout()}`,
  )

describe('the mention gate', () => {
  it.each([
    ['the native list', 'hello native', true],
    ['the name with a space and U+2005', '@My Bot\u2005hello one', false],
    ['the name at the end', 'what do you think @My Bot', false],
  ])('admits %s', async (_name, text, native) => {
    const decision = await say(alice, 'tools', text, native ? [bot] : [])
    expect(decision).toMatchObject({ action: 'dispatch', reason: 'group-mentioned' })
  })

  it.each(['hello', '@all hello', '@所有人 hello', '@My Botanist hello'])(
    'does not admit %j',
    async (text) => {
      expect(await say(alice, 'tools', text)).toMatchObject({
        action: 'record',
        reason: 'group-not-mentioned',
      })
    },
  )

  it('removes the mention from the text for the agent', async () => {
    await say(alice, 'tools', '@My Bot\u2005cut this')
    await answerIn('tools', 'cut this')
    expect(model.requests.at(-1)?.lastUserText).not.toContain('@My Bot\u2005')
  })
})

describe('the senders that are admitted', () => {
  it('are none in a disabled group', async () => {
    expect(await say(alice, 'silent', 'hello', [bot])).toMatchObject({
      action: 'drop',
      reason: 'group-disabled',
    })
  })

  it('are only listed ids, regardless of names', async () => {
    expect(await say(mallory, 'members', 'hello', [bot])).toMatchObject({
      action: 'drop',
      reason: 'group-sender-not-allowed',
    })
    expect(await say(alice, 'members', 'hello member', [bot])).toMatchObject({ action: 'dispatch' })
    await answerIn('members', 'hello member')
  })
})

describe('tools in the request that the model receives', () => {
  it.each([
    ['the group allows one', 'tools', () => alice, ['time']],
    ['the sender may use none', 'tools', () => mallory, []],
    ['the group denies one', 'denied', () => alice, ['weather', 'send_file', ...scheduleToolNames]],
    ['an unknown tool name allows no tool', 'unknown', () => alice, []],
  ] as const)('%s', async (_name, roomId, talker, expected) => {
    const text = `tools of ${roomId} for ${talker().id}`
    await say(talker(), roomId, text, [bot])
    await answerIn(roomId, text)
    const request = model.requests.findLast(({ lastUserText }) => lastUserText.includes(text))
    expect(toolNames(request?.body)).toEqual(new Set(expected))
  })
})

describe('history', () => {
  it('has the messages since the last answer, marked as untrusted, and is cleared by it', async () => {
    for (const text of ['first', 'second', 'third @all']) await say(alice, 'members', text)
    await say(alice, 'members', 'summarise', [bot])
    await answerIn('members', 'summarise')
    const asked = JSON.stringify(model.requests.at(-1)?.body)
    expect(asked).toContain('second')
    expect(asked).toMatch(/untrusted/i)
    await say(alice, 'members', 'once more', [bot])
    await answerIn('members', 'once more')
    const current = model.requests.at(-1)?.lastUserText ?? ''
    expect(current).not.toContain('second')
  })

  it("adds the group's own instructions to the system prompt, and no names", async () => {
    await say(alice, 'free', 'no mention needed here')
    await answerIn('free', 'no mention needed here')
    const [system] = systemTexts(model.requests.at(-1)?.body)
    expect(system).toContain('Be brief in this group.')
    expect(system).not.toMatch(/Room free|Alice/)
  })
})

function toolNames(body: unknown): Set<string> {
  const tools: unknown = Reflect.get(Object(body), 'tools')
  return new Set(Array.isArray(tools) ? tools.map((tool) => String(tool?.function?.name)) : [])
}

function systemTexts(body: unknown): string[] {
  const messages: unknown = Reflect.get(Object(body), 'messages')
  if (!Array.isArray(messages)) return []
  return messages.filter(({ role }) => role === 'system').map(({ content }) => String(content))
}
