/**
 * A byte of the journal that a bad disk has changed, wherever it is: the account answers new messages, at the latest after
 * the check of the file and one restart.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { alice, messageFrom, temporaryFolder, withAlice } from '../../test/samples.ts'
import { openSqliteStore } from './sqlite-store.ts'
import type { AccountStore, Store } from './store.ts'

const limits = { messages: 50, history: 20 }
const pageBytes = 4_096
/** More, by hand: every position counts. */
const runs = Number(process.env.DAMAGE_RUNS ?? 40)

let folder: string
let sound: Buffer

/** A file with rows of every state, in several pages. */
beforeAll(async () => {
  folder = temporaryFolder()
  const file = join(folder, 'sound.sqlite')
  const { store } = openSqliteStore(file)
  const account = await store.openAccount('default', 'test')
  for (let n = 0; n < 60; n++) {
    await accept(account, `m${n}`, n % 3 === 0 ? 'recorded' : 'dispatched')
    if (n % 3 === 1) await answer(account, `answer ${n} ${'and so on '.repeat(20)}`, n % 2 === 0)
  }
  const changes = Array.from({ length: 60 }, (_, n) => ({
    kind: 'message',
    key: `k${n}`,
    value: 'v'.repeat(100),
    atMs: n,
  }))
  await account.puppetState.write(changes, 'durable')
  await store.close()
  sound = readFileSync(file)
})

async function accept(account: AccountStore, id: string, state: 'recorded' | 'dispatched'): Promise<void> {
  const message = messageFrom(alice, id)
  await account.accept(message, 1)
  await account.decide(message, { state, reason: 'because' }, 1)
}

/** Answers what waits. @returns the ids of the messages */
async function answer(account: AccountStore, text: string, isSent: boolean): Promise<string[]> {
  const turn = await account.claimTurn(withAlice, 'all', limits)
  if (turn === undefined) return []
  await account.commitReply(turn, { parts: [{ text }] }, { nowMs: 2, attempt: false })
  const next = isSent ? await account.nextToSend(withAlice, 3) : undefined
  if (next !== undefined && 'row' in next)
    await account.markSent(await account.markAttempted(next.row, 3, 'durable'))
  return turn.messages.map(({ id }) => id)
}

/** What an account does from its start to an answer. @throws what the store says */
async function answersOne(store: Store): Promise<boolean> {
  const account = await store.openAccount('default', 'next')
  await account.undecided()
  await account.conversationsToAnswer()
  await account.conversationsToSend()
  await account.outboxCounts()
  await account.puppetState.list('message', { limit: 100 })
  await account.puppetState.write([{ kind: 'meta', key: 'cursor', value: 'c', atMs: 1 }], 'relaxed')
  await accept(account, 'new', 'dispatched')
  const answered: string[] = []
  for (let ids = ['']; ids.length > 0; answered.push(...ids)) ids = await answer(account, 'an answer', true)
  return answered.includes('new')
}

/** @returns how it ended for an account that starts with this file */
async function liveWith(bytes: Buffer): Promise<string> {
  const file = join(temporaryFolder(), 'wechat.sqlite')
  writeFileSync(file, bytes)
  const first = openSqliteStore(file)
  const failure = await answersOne(first.store).then(
    (isAnswered) => (isAnswered ? undefined : 'no answer'),
    String,
  )
  if (failure === 'no answer') await first.store.check()
  await first.store.close()
  if (failure === undefined) return first.damage === undefined ? 'works on' : 'is moved aside at once'
  const second = openSqliteStore(file)
  const works = await answersOne(second.store).catch(() => false)
  await second.store.close()
  return works ? 'is moved aside at the next start' : `does not recover from ${failure}`
}

function changed(at: number, mask: number): Buffer {
  const bytes = Buffer.from(sound)
  bytes[at] = (bytes[at] ?? 0) ^ mask
  return bytes
}

it.each([
  ['that counts changes', 27, 'works on'],
  ['that forbids writing', 18, 'is moved aside at once'],
  ['of the format', 47, 'is moved aside at once'],
  ['of the version, which is then lower', 63, 'works on'],
  ['of the version, which is then far ahead', 60, 'works on'],
  ['of the first page', 100, 'is moved aside at once'],
])('a file with a changed byte %s (%i) %s', async (_what, at, outcome) => {
  expect(await liveWith(changed(at, 1))).toBe(outcome)
})

it('a changed byte anywhere costs a restart at most', async () => {
  const { length } = sound
  const headers = fc
    .nat({ max: length / pageBytes - 1 })
    .chain((page) => fc.nat({ max: 11 }).map((n) => page * pageBytes + n))
  const anywhere = fc.oneof(fc.nat({ max: 99 }), fc.nat({ max: length - 1 }), headers)
  await fc.assert(
    fc.asyncProperty(anywhere, fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      expect(await liveWith(changed(at, mask))).toMatch(/^works on|^is moved aside/)
    }),
    { numRuns: runs },
  )
}, 600_000)
