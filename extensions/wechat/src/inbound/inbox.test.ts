import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testHost } from '../../test/host.ts'
import { alice, eventually, messageFrom, temporaryFolder, withAlice } from '../../test/samples.ts'
import { resolveAccounts } from '../config/resolve.ts'
import { wechatConfigSchema } from '../config/schema.ts'
import { openSqliteStore } from '../store/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { Lanes } from '../turns/lanes.ts'
import { Inbox } from './inbox.ts'

/** The gate on a store of its own; nothing that passes it is answered. */
function gate(store: Store, host = testHost()) {
  const [account] = resolveAccounts(wechatConfigSchema.parse({ puppet: 'ilink' }))
  if (account === undefined) throw new Error('no account')
  const { log, pairing, approveCommand } = host
  const now = Date.now
  const ready = async () => {}
  const lanes = new Lanes({ debounceMs: () => 0, ready, answer: async () => false, log, now })
  const status = () => ({ state: 'online', sinceMs: 0 })
  const commands = { channelId: 'wechat', host, status }
  const wakeOutbox = () => undefined
  return new Inbox({
    account,
    store,
    pairing,
    approveCommand,
    lanes,
    wakeOutbox,
    commands,
    report: host.report,
    log,
    now,
  })
}

const open = (file = join(temporaryFolder(), 'store.sqlite')) => openSqliteStore(file).store

async function textsTo(store: Store): Promise<string[]> {
  const texts = []
  for (;;) {
    const row = await store.nextToSend('default', withAlice)
    if (row === undefined) return texts
    texts.push('text' in row.part ? row.part.text : '')
    await store.markSent(row, 1)
  }
}

describe('a pairing code', () => {
  it('is told, once, although the first try ended between the code and the words', async () => {
    const file = join(temporaryFolder(), 'store.sqlite')
    const dying = open(file)
    const host = testHost()
    const { request } = host.pairing
    host.pairing.request = async (...asked) => {
      const result = await request(...asked)
      await dying.close()
      return result
    }
    const inbox = gate(dying, host)
    await inbox.accept(messageFrom(alice, 'm1'))
    await inbox.stop()

    host.pairing.request = request
    const store = open(file)
    const next = gate(store, host)
    await next.resume()
    await next.stop()
    expect(await textsTo(store)).toEqual([expect.stringContaining('ABCD2345')])
    await next.resume()
    expect(await store.undecided('default')).toEqual([])
    expect(await textsTo(store)).toEqual([])
  })

  it('says that it ends with the login where ids do', async () => {
    const store = open()
    const inbox = gate(store)
    await inbox.accept(messageFrom(alice, 'm1', { idStability: 'session' }))
    await inbox.stop()
    const [told] = await textsTo(store)
    expect(told).toMatch(/until the bot logs in anew/)
    expect(told).toMatch(/下次登录之前有效/)
  })
})

describe('an approval where ids change at every login', () => {
  const login = (self: string) => ({ idStability: 'session' as const, bot: { id: self, name: 'Bot' } })

  it('lets nobody in who bears the same id after the next login', async () => {
    const store = open()
    const host = testHost()
    host.approved.add(`default ${alice} @self1`)
    const inbox = gate(store, host)
    await inbox.accept(messageFrom(alice, 'm1', login('@self1')))
    await inbox.accept(messageFrom(alice, 'm2', login('@self2')))
    await inbox.stop()
    await eventually(() => {
      const reasons = host.log.lines.map(({ fields }) => ('reason' in fields ? fields.reason : undefined))
      expect(reasons.filter(Boolean)).toEqual(['dm-approved', 'dm-unknown-sender'])
    })
  })
})

it('decides once on a message that a reconnect finds in the gate', async () => {
  const store = open()
  const host = testHost()
  const approval = Promise.withResolvers<boolean>()
  host.pairing.isApproved = () => approval.promise
  const inbox = gate(store, host)
  await inbox.accept(messageFrom(alice, 'm1'))
  await inbox.resume()
  approval.resolve(true)
  await inbox.stop()
  const decided = host.log.lines.filter(({ fields }) => Reflect.get(fields, 'event') === 'message.decided')
  expect(decided).toHaveLength(1)
})
