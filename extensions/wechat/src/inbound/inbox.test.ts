import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testHost } from '../../test/host.ts'
import { accountOf } from '../../test/policy.ts'
import { alice, eventually, messageFrom, temporaryFolder, withAlice } from '../../test/samples.ts'
import { openSqliteStore } from '../store/sqlite-store.ts'
import type { AccountStore } from '../store/store.ts'
import { Gate } from './gate.ts'
import { Inbox } from './inbox.ts'
import { OwnBots } from './own-bots.ts'

/** An inbox with its own store. Messages that pass the gate are not answered. */
function gate(store: AccountStore, host = testHost(), config: object = {}) {
  const { log, pairing } = host
  const account = accountOf({ puppet: 'ilink', ...config })
  return new Inbox({
    account,
    store,
    gate: new Gate({ account, pairing, ownBots: new OwnBots() }),
    messageChars: () => 100,
    onRefused: () => undefined,
    pairing,
    lanes: { wake: () => undefined },
    wakeOutbox: () => undefined,
    runCommand: async () => ({ en: '', 'zh-CN': '' }),
    report: host.report,
    log,
    now: Date.now,
    stopping: new AbortController().signal,
  })
}

const newFile = () => join(temporaryFolder(), 'store.sqlite')
const open = (file = newFile()) => openSqliteStore(file).store.openAccount('default', 'test')

async function textsTo(store: AccountStore): Promise<string[]> {
  const texts = []
  for (;;) {
    const next = await store.nextToSend(withAlice, Date.now())
    if (next === undefined || !('row' in next)) return texts
    texts.push('text' in next.row.part ? next.row.part.text : '')
    await store.markSent(next.row)
  }
}

describe('a pairing code', () => {
  it('is sent once, although the first attempt ended between the code and its message', async () => {
    const file = newFile()
    const dying = await open(file)
    const host = testHost()
    const { request } = host.pairing
    host.pairing.request = async (...asked) => {
      const result = await request(...asked)
      await dying.release()
      return result
    }
    const inbox = gate(dying, host)
    await inbox.accept(messageFrom(alice, 'm1'))
    await inbox.ended()

    host.pairing.request = request
    const store = await open(file)
    const next = gate(store, host)
    await next.resume()
    await next.ended()
    expect(await textsTo(store)).toEqual([expect.stringContaining('ABCD2345')])
    await next.resume()
    expect(await store.undecided()).toEqual([])
    expect(await textsTo(store)).toEqual([])
  })

  it('states that it ends with the login if ids change at every login', async () => {
    const store = await open()
    const inbox = gate(store)
    await inbox.accept(messageFrom(alice, 'm1', { idStability: 'session' }))
    await inbox.ended()
    const [told] = await textsTo(store)
    expect(told).toMatch(/until the bot logs in again/)
    expect(told).toMatch(/下次登录之前有效/)
  })
})

describe('a pairing request', () => {
  it.each([
    [{}, { name: 'Al', text: 'I am Al' }],
    [{ pairingPreview: false }, undefined],
  ])('with %j hands the name and text of its sender to the host as %j', async (config, preview) => {
    const store = await open()
    const host = testHost()
    const asked: unknown[] = []
    const { request } = host.pairing
    host.pairing.request = (accountId, senderId, ask) => {
      asked.push(ask?.preview)
      return request(accountId, senderId, ask)
    }
    const inbox = gate(store, host, config)
    await inbox.accept(messageFrom(alice, 'm1', { sender: { id: alice, label: 'Al' }, text: 'I am Al' }))
    await inbox.ended()
    expect(asked).toEqual([preview])
  })
})

describe('an approval where ids change at every login', () => {
  const login = (self: string) => ({ idStability: 'session' as const, bot: { id: self, name: 'Bot' } })

  it('does not admit another person who has the same id after the next login', async () => {
    const store = await open()
    const host = testHost()
    host.approved.add(`default ${alice} @self1`)
    const inbox = gate(store, host)
    await inbox.accept(messageFrom(alice, 'm1', login('@self1')))
    await inbox.accept(messageFrom(alice, 'm2', login('@self2')))
    await inbox.ended()
    await eventually(() => {
      const reasons = host.log.lines.map(({ fields }) => ('reason' in fields ? fields.reason : undefined))
      expect(reasons.filter(Boolean)).toEqual(['dm-approved', 'dm-unknown-sender'])
    })
  })
})

it('decides once on a message that is in the gate during a reconnect', async () => {
  const store = await open()
  const host = testHost()
  const approval = Promise.withResolvers<boolean>()
  host.pairing.isApproved = () => approval.promise
  const inbox = gate(store, host)
  await inbox.accept(messageFrom(alice, 'm1'))
  await inbox.resume()
  approval.resolve(true)
  await inbox.ended()
  const decided = host.log.lines.filter(({ fields }) => Reflect.get(fields, 'event') === 'message.decided')
  expect(decided).toHaveLength(1)
})

describe('the steps of a decision are stored with the message', () => {
  const stepsOf = async (config: object, message: ReturnType<typeof messageFrom>) => {
    const { store } = openSqliteStore(newFile())
    const inbox = gate(await store.openAccount('default', 'test'), testHost(), config)
    await inbox.accept(message)
    await inbox.ended()
    const {
      messages: [stored],
    } = await store.received({ accountId: 'default', limit: 1 })
    return stored?.steps.map(({ step, outcome }) => `${step}: ${outcome}`)
  }

  it('of one that is answered, up to the step that decided', async () => {
    expect(await stepsOf({ dmPolicy: 'open' }, messageFrom(alice, 'm1'))).toEqual([
      'sender: continue',
      'own accounts: continue',
      'dmPolicy: dispatch',
    ])
  })

  it.each([
    ['dropped', { dmPolicy: 'disabled' }, 'dmPolicy: drop'],
    ['paired', {}, 'stranger: pair'],
  ])('of one that is %s', async (_name, config, last) => {
    expect((await stepsOf(config, messageFrom(alice, 'm1')))?.at(-1)).toBe(last)
  })

  it('of a command', async () => {
    const message = messageFrom(alice, 'm1', { text: '/help' })
    expect((await stepsOf({ dmPolicy: 'open' }, message))?.at(-1)).toBe('command: dispatch')
  })

  it('of one in a group that does not mention the bot', async () => {
    const message = messageFrom(alice, 'm1', { conversation: { kind: 'group', id: 'room1' } })
    expect((await stepsOf({}, message))?.at(-1)).toBe('mention: record')
  })

  it('of one whose text was not stored, since its sender was not admitted then', async () => {
    const message = messageFrom(alice, 'm1', { withheld: true })
    expect((await stepsOf({ dmPolicy: 'open' }, message))?.slice(-2)).toEqual([
      'dmPolicy: dispatch',
      'text: drop',
    ])
  })
})
