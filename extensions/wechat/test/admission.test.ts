/**
 * Who is answered is decided when a message comes, when its turn starts and when its answer is finished; and what is stored
 * of people who are not admitted.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Conversation, MoltbotError } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { OwnBots } from '../src/inbound/own-bots.ts'
import type { InboundMessage } from '../src/model/message.ts'
import { maxRefused } from '../src/store/store.ts'
import { restFileName } from '../src/turns/rest-files.ts'
import { easyLink, type Flow, type FlowOptions, startFlow } from './flow.ts'
import { type TestHost, testHost } from './host.ts'
import { accountOf } from './policy.ts'
import { alice, eventually, messageFrom } from './samples.ts'

const group: Conversation = { kind: 'group', id: 'R1@chatroom' }
let host: TestHost
let flow: Flow
let sent: string[]

afterEach(() => flow.stop())

async function start(config: object, options: Partial<FlowOptions> = {}): Promise<void> {
  host = testHost()
  sent = []
  const link = easyLink({
    sendText: async (_conversation, { text }) => {
      sent.push(text)
    },
  })
  const account = accountOf({ replyLanguage: 'en', ...config })
  flow = await startFlow({ account, host, link, ...options })
}

const say = (id: string, changes: Partial<InboundMessage> = {}) =>
  flow.inbox.accept(messageFrom(alice, id, { timestampMs: Date.now(), ...changes }))

const rest = () =>
  eventually(() => expect([flow.inbox.busy, flow.lanes.busy, flow.outbox.busy]).toEqual([0, 0, 0]))

/** Lets the agent answer only when it is told to. */
function heldAgent() {
  const { promise, resolve } = Promise.withResolvers<void>()
  host.agent = async (turn) => {
    await promise
    return `answer to ${turn.messages.map(({ text }) => text).join(' + ')}`
  }
  return resolve
}

function journal(): { readonly state: string; readonly reason: string; readonly message: string }[] {
  const db = new DatabaseSync(join(host.stateDir, 'wechat.sqlite'), { readOnly: true })
  const rows = db.prepare('SELECT state, reason, message FROM journal ORDER BY seq').all()
  db.close()
  return rows.map((row) => ({
    state: String(row.state),
    reason: String(row.reason),
    message: String(row.message),
  }))
}

describe('an approval that is taken back', () => {
  it('ends the answer that is being written: it is not sent', async () => {
    await start({ dmPolicy: 'pairing' })
    host.approved.add(`default ${alice}`)
    const finish = heldAgent()
    await say('m1')
    await eventually(() => expect(host.turns).toHaveLength(1))
    host.approved.clear()
    finish()
    await rest()
    expect(sent).toEqual([])
    expect(journal()).toEqual([{ state: 'refused', reason: 'dm-unknown-sender', message: '' }])
  })

  it('aborts the turn that runs, with its tools, and nothing of it is sent', async () => {
    await start({ dmPolicy: 'pairing', allowFrom: ['o9Bob'] })
    host.approved.add(`default ${alice}`)
    const ended: string[] = []
    host.agent = async ({ sender }, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      ended.push(sender.id)
      return 'too late'
    }
    await say('m1')
    await say('b1', { sender: { id: 'o9Bob' }, conversation: { kind: 'direct', id: 'o9Bob' } })
    await eventually(() => expect(host.turns).toHaveLength(2))
    await flow.recheck()
    expect(ended).toEqual([])
    host.approved.clear()
    await flow.recheck()
    await eventually(() => expect(flow.lanes.busy).toBe(1))
    expect([ended, sent]).toEqual([[alice], []])
    expect(journal()[0]).toEqual({ state: 'refused', reason: 'dm-unknown-sender', message: '' })
  })

  it('takes back what waits of the last answer, and of no answer to others', async () => {
    await start({ dmPolicy: 'pairing', allowFrom: ['o9Bob'] })
    await flow.outbox.attach(
      easyLink({
        sendText: async () => {
          throw new MoltbotError('quota', 'no more sends', { certain: true, retryable: true })
        },
      }),
    )
    host.approved.add(`default ${alice}`)
    await say('m1')
    await say('b1', { sender: { id: 'o9Bob' }, conversation: { kind: 'direct', id: 'o9Bob' } })
    // A part that is on its way is not taken back.
    const states = async () => (await flow.store.listOutbox({ which: 'waiting' })).map(({ state }) => state)
    await eventually(async () => expect(await states()).toEqual(['parked', 'parked']))
    host.approved.clear()
    await flow.recheck()
    const waiting = await flow.store.listOutbox({ which: 'waiting' })
    expect(waiting.map(({ part }) => part)).toMatchObject([{ text: 'answer to text of b1' }])
  })

  it('applies to messages that wait for their turn', async () => {
    await start({ dmPolicy: 'pairing' })
    host.approved.add(`default ${alice}`)
    const finish = heldAgent()
    await say('m1')
    await eventually(() => expect(host.turns).toHaveLength(1))
    await say('m2')
    host.approved.clear()
    finish()
    await rest()
    expect(host.turns).toHaveLength(1)
    expect(journal().map(({ state, message }) => ({ state, message }))).toEqual([
      { state: 'refused', message: '' },
      { state: 'refused', message: '' },
    ])
  })

  it('does not end the answers to others', async () => {
    await start({ dmPolicy: 'pairing', allowFrom: ['o9Bob'] })
    host.approved.add(`default ${alice}`)
    const finish = heldAgent()
    await say('m1')
    await say('b1', { sender: { id: 'o9Bob' }, conversation: { kind: 'direct', id: 'o9Bob' } })
    await eventually(() => expect(host.turns).toHaveLength(2))
    host.approved.clear()
    finish()
    await rest()
    expect(sent).toEqual(['answer to text of b1'])
  })
})

describe('the turns of a conversation within an hour', () => {
  it('are bounded: the conversation rests, says so once, and goes on later', async () => {
    let nowMs = Date.now()
    const limits = { turnsPerHour: 3 }
    await start({ dmPolicy: 'open', limits }, { now: () => nowMs })
    for (let n = 0; n < 6; n++) {
      await say(`m${n}`, { timestampMs: nowMs })
      await rest()
    }
    expect(sent).toEqual([
      'answer to text of m0',
      'answer to text of m1',
      'answer to text of m2',
      expect.stringContaining('pause now'),
    ])
    expect(journal().map(({ state }) => state)).toEqual([
      ...Array.from({ length: 3 }, () => 'answered'),
      ...Array.from({ length: 3 }, () => 'recorded'),
    ])
    nowMs += 60 * 60_000 + 1
    await say('later', { timestampMs: nowMs })
    await rest()
    expect(sent.at(-1)).toBe('answer to text of later')
  })

  it('are counted for each conversation, and not at all with 0', async () => {
    await start({ dmPolicy: 'open', limits: { turnsPerHour: 1 } })
    await say('m1')
    await say('b1', { sender: { id: 'o9Bob' }, conversation: { kind: 'direct', id: 'o9Bob' } })
    await rest()
    expect(sent.toSorted()).toEqual(['answer to text of b1', 'answer to text of m1'])
    await flow.stop()
    await start({ dmPolicy: 'open', limits: { turnsPerHour: 0 } })
    for (let n = 0; n < 5; n++) {
      await say(`m${n}`)
      await rest()
    }
    expect(sent).toHaveLength(5)
  })
})

describe('another account of this gateway', () => {
  const ownBots = new OwnBots()
  ownBots.note('other', 'o9Other')
  const fromOther = (conversation: Conversation) => ({ sender: { id: 'o9Other' }, conversation })

  it.each([
    ['a group', group, { groups: { '*': { requireMention: false } } }],
    ['a direct chat', { kind: 'direct', id: 'o9Other' } as const, { dmPolicy: 'open' }],
  ])(
    'is not answered in %s, whatever the rules say, and the operator hears it once',
    async (_, where, config) => {
      await start(config, { ownBots })
      await say('m1', fromOther(where))
      await say('m2', fromOther(where))
      await rest()
      expect(host.turns).toEqual([])
      const met = host.log.lines.filter(({ fields }) => Reflect.get(fields, 'event') === 'bots.met')
      expect(met).toHaveLength(1)
    },
  )

  it('is answered in a group that says so', async () => {
    await start({ groups: { '*': { requireMention: false, answerOwnBots: true } } }, { ownBots })
    await say('m1', fromOther(group))
    await rest()
    expect(sent).toEqual(['answer to text of m1'])
  })
})

describe('what people write who are not admitted', () => {
  it.each([
    ['a stranger without a code', { dmPolicy: 'allowlist' }],
    ['a stranger who gets a code', { dmPolicy: 'pairing' }],
    ['anybody while the policy is disabled', { dmPolicy: 'disabled' }],
  ])('is not stored: %s', async (_, config) => {
    await start(config)
    const quote = { messageId: 'q', text: 'quoted-secret', fromBot: false }
    await say('m1', { text: 'written-secret', sender: { id: alice, label: 'named-secret' }, quote })
    await rest()
    await flow.stop()
    const files = readdirSync(host.stateDir).filter((name) => name.startsWith('wechat.sqlite'))
    const bytes = files.map((name) => readFileSync(join(host.stateDir, name), 'latin1')).join('')
    expect(bytes).not.toMatch(/(?:written|quoted|named)-secret/)
  })

  it('cannot fill the disk: only the newest refusals are kept', async () => {
    await start({ dmPolicy: 'disabled' })
    const strangers = Array.from({ length: 10_000 }, (_, n) => `o9Stranger${n}`)
    await Promise.all(
      strangers.map((id) =>
        say(`m-${id}`, { sender: { id }, conversation: { kind: 'direct', id }, text: 'x'.repeat(10_000) }),
      ),
    )
    await rest()
    expect(journal()).toHaveLength(maxRefused)
    await flow.stop()
    expect(statSync(join(host.stateDir, 'wechat.sqlite')).size).toBeLessThan(4 * 1024 * 1024)
  })

  it('is not handed over again: a refused message is a duplicate', async () => {
    await start({ dmPolicy: 'pairing' })
    await say('m1')
    await say('m1')
    await rest()
    expect(sent).toHaveLength(1)
  })
})

it('a message of any length is read up to a limit, and its rest is a file of the turn', async () => {
  await start({ dmPolicy: 'open', limits: { messageChars: 1_000 } })
  let restOfText = ''
  host.agent = async ({ messages }) => {
    const [file] = messages.flatMap(({ media = [] }) => media)
    restOfText = file === undefined ? '' : readFileSync(file.path, 'utf8')
    expect(file).toMatchObject({ kind: 'file', name: restFileName })
    return 'read'
  }
  const text = `${'a'.repeat(999)}😀${'b'.repeat(5_000)}`
  await say('m1', { text })
  await rest()
  const [message] = host.turns[0]?.messages ?? []
  expect(message?.text.startsWith('a'.repeat(999))).toBe(true)
  expect(message?.text.length).toBeLessThan(1_400)
  expect(restOfText).toBe(text.slice(999))
})
