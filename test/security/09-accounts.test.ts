/**
 * Class 9: accounts mix. Every key of the store begins with the account, and a disabled account is nowhere to be
 * reached. The whole of it, with three accounts at once: `test/multi-account.test.ts`.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { createChannel } from '../../extensions/wechat/src/channel.ts'
import { wechatConfigSchema } from '../../extensions/wechat/src/config/schema.ts'
import { openSqliteStore } from '../../extensions/wechat/src/store/sqlite-store.ts'
import type { Store } from '../../extensions/wechat/src/store/store.ts'
import { testHost } from '../../extensions/wechat/test/host.ts'
import { alice, messageFrom, temporaryFolder } from '../../extensions/wechat/test/samples.ts'

const limits = { messages: 50, history: 20 }
const accountIds = ['a', 'b', 'c']

describe.each([
  { kind: 'direct', id: alice },
  { kind: 'group', id: 'R1@chatroom' },
] as const)('the same message in the same $kind conversation', (conversation) => {
  const messageOf = (accountId: string, id: string) =>
    messageFrom(alice, id, { accountId, conversation, text: `said to ${accountId}` })

  async function fill(store: Store): Promise<void> {
    for (const accountId of accountIds) {
      const [context, question] = [messageOf(accountId, 'm1'), messageOf(accountId, 'm2')]
      expect(await store.acceptInbound(context, 1)).toBe('accepted')
      expect(await store.acceptInbound(question, 1)).toBe('accepted')
      await store.settle(context, 'recorded', 'group-not-mentioned')
      await store.dispatch(question, 'dm-open')
    }
  }

  it('is another message in each account: journal, history, turn and outbox', async () => {
    const { store } = openSqliteStore(join(temporaryFolder(), 'wechat.sqlite'))
    await fill(store)
    for (const accountId of accountIds) {
      const turn = await store.claimTurn(accountId, conversation, 'all', limits)
      const said = [...(turn?.history ?? []), ...(turn?.messages ?? [])]
      expect(said.map(({ text }) => text)).toEqual([`said to ${accountId}`, `said to ${accountId}`])
      if (turn === undefined) continue
      await store.commitReply(turn, [{ text: `answer of ${accountId}` }], 2)
    }
    for (const accountId of accountIds) {
      const row = await store.nextToSend(accountId, conversation)
      expect(row).toMatchObject({ accountId, part: { text: `answer of ${accountId}` } })
    }
    await store.close()
  })

  it('of one account ends without touching the others', async () => {
    const { store } = openSqliteStore(join(temporaryFolder(), 'wechat.sqlite'))
    await fill(store)
    const turn = await store.claimTurn('a', conversation, 'all', limits)
    if (turn !== undefined) await store.commitReply(turn, [{ text: 'done' }], 2)
    expect(await store.conversationsToAnswer('a')).toEqual([])
    expect(await store.conversationsToAnswer('b')).toEqual([conversation])
    expect(await store.conversationsToSend('a')).toEqual([conversation])
    expect(await store.conversationsToSend('b')).toEqual([])
    expect(await store.outboxCounts('b')).toEqual({ waiting: 0, troubled: 0 })
    await store.close()
  })
})

it('every table of the channel has the account in its first key', async () => {
  const file = join(temporaryFolder(), 'wechat.sqlite')
  await openSqliteStore(file).store.close()
  const db = new DatabaseSync(file, { readOnly: true })
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map(({ name }) => String(name))
  expect(tables.length).toBeGreaterThan(2)
  for (const table of tables) {
    const columns = db.prepare('SELECT name, "notnull" FROM pragma_table_info(?)').all(table)
    expect(columns.map((column) => ({ ...column }))).toContainEqual({ name: 'account_id', notnull: 1 })
  }
  db.close()
})

it('a disabled account cannot be started, sent from or told of an approval', async () => {
  const config = wechatConfigSchema.parse({ accounts: { on: {}, off: { enabled: false } } })
  const channel = await createChannel(testHost(), config)
  const refused = { code: 'account-disabled' }
  await expect(channel.startAccount('off')).rejects.toMatchObject(refused)
  await expect(channel.send({ accountId: 'off', to: alice, text: 'x' })).rejects.toMatchObject(refused)
  await expect(channel.notifyApproved('off', alice)).rejects.toMatchObject(refused)
  await expect(channel.submitVerifyCode('off', '1')).rejects.toMatchObject(refused)
  await expect(channel.startAccount('other')).rejects.toMatchObject({ code: 'account-unknown' })
  await channel.stop({ deadlineMs: 1_000 })
})
