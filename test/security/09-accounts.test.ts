/**
 * Class 9: accounts mix. Every key of the store begins with the account, and a disabled account cannot be used. The whole
 * product with three accounts is tested in `test/multi-account.test.ts`.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { createChannel } from '../../extensions/wechat/src/channel.ts'
import { wechatConfigSchema } from '../../extensions/wechat/src/config/schema.ts'
import { openSqliteStore } from '../../extensions/wechat/src/store/sqlite-store.ts'
import type { AccountStore, Store } from '../../extensions/wechat/src/store/store.ts'
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

  /** The account's part of a store, with a recorded message and one that asks. */
  async function filled(store: Store, accountId: string): Promise<AccountStore> {
    const account = await store.openAccount(accountId, 'test')
    const [context, question] = [messageOf(accountId, 'm1'), messageOf(accountId, 'm2')]
    expect(await account.accept(context, 1)).toBe('accepted')
    expect(await account.accept(question, 1)).toBe('accepted')
    await account.decide(context, { state: 'recorded', reason: 'group-not-mentioned' }, 1)
    await account.decide(question, { state: 'dispatched', reason: 'dm-open' }, 1)
    return account
  }

  async function answer(account: AccountStore, text: string) {
    const turn = await account.claimTurn(conversation, 'all', limits)
    if (turn !== undefined)
      await account.commitReply(turn, { parts: [{ text }] }, { nowMs: 2, attempt: false })
    return turn
  }

  it('is a separate message in each account: journal, history, turn and outbox', async () => {
    const { store } = openSqliteStore(join(temporaryFolder(), 'wechat.sqlite'))
    const accounts = new Map<string, AccountStore>()
    for (const accountId of accountIds) accounts.set(accountId, await filled(store, accountId))
    for (const [accountId, account] of accounts) {
      const turn = await answer(account, `answer of ${accountId}`)
      const said = [...(turn?.history ?? []), ...(turn?.messages ?? [])]
      expect(said.map(({ text }) => text)).toEqual([`said to ${accountId}`, `said to ${accountId}`])
    }
    for (const [accountId, account] of accounts) {
      const part = { text: `answer of ${accountId}` }
      expect(await account.nextToSend(conversation, 3)).toMatchObject({ row: { part } })
    }
    await store.close()
  })

  it('of one account ends without affecting the others', async () => {
    const { store } = openSqliteStore(join(temporaryFolder(), 'wechat.sqlite'))
    const [a, b] = [await filled(store, 'a'), await filled(store, 'b')]
    await answer(a, 'done')
    expect(await a.conversationsToAnswer()).toEqual([])
    expect(await b.conversationsToAnswer()).toEqual([conversation])
    expect(await a.conversationsToSend()).toEqual([conversation])
    expect(await b.conversationsToSend()).toEqual([])
    expect(await b.outboxCounts()).toEqual({ waiting: 0, troubled: 0 })
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

it('a disabled account cannot be started, cannot send, and gets no approval', async () => {
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
