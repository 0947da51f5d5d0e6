/**
 * Pruning, and the state of a puppet.
 */

import { describe, expect, it } from 'vitest'
import { alice, messageFrom, withAlice } from '../samples.ts'
import { group, type StoreStage, texts } from './stage.ts'

export function upkeepContract(stage: StoreStage): void {
  const { claim, commit, dispatched, ids, next, other, reopened, retention, take } = stage

  describe('pruning', () => {
    it('removes finished rows and keeps unfinished ones', async () => {
      await dispatched('open')
      await take(stage.account, messageFrom(alice, 'ended'), 'dropped')
      await stage.account.enqueue(withAlice, { groupId: 'g', parts: texts('waiting') }, 1)
      expect(await stage.harness.store.prune(retention())).toBe(1)
      expect(await stage.account.conversationsToAnswer()).toEqual([withAlice])
      expect((await next()).part).toEqual({ text: 'waiting' })
    })

    it('continues over several batches, and past rows that are kept', async () => {
      for (const id of ['h1', 'h2'])
        await take(stage.account, messageFrom(alice, id, { conversation: group }), 'recorded')
      const many = Array.from({ length: 1_200 }, (_, n) => messageFrom(alice, `m${n}`))
      await Promise.all(many.map((message) => take(stage.account, message, 'dropped')))
      expect(await stage.harness.store.prune(retention())).toBe(1_200)
    })

    it('ends between two batches when its signal aborts', async () => {
      await take(stage.account, messageFrom(alice, 'ended'), 'dropped')
      expect(await stage.harness.store.prune(retention({ signal: AbortSignal.abort() }))).toBe(0)
    })

    it('removes the texts of finished rows earlier than their ids, if the account is configured so', async () => {
      await take(stage.account, messageFrom(alice, 'ended'), 'dropped')
      await take(stage.account, messageFrom(alice, 'heard', { conversation: group }), 'recorded')
      await dispatched('asked')
      await commit(await claim(), { parts: texts('sent', 'waits') })
      await stage.account.markSent(await next())
      await dispatched('open')
      await stage.harness.store.prune(retention({ nowMs: 10, textsMs: new Map([['default', 0]]) }))
      expect(await stage.account.accept(messageFrom(alice, 'ended'), 2)).toBe('duplicate')
      expect((await next()).part).toEqual({ text: 'waits' })
      expect((await claim()).messages).toEqual([messageFrom(alice, 'open')])
      await take(stage.account, messageFrom(alice, 'now', { conversation: group }), 'dispatched')
      expect(ids((await claim(group)).history)).toEqual(['heard'])
      // `ended` and `asked` are stored by id only. A copy of their text would be found below.
      expect(await stage.account.setAsideCount()).toBe(0)
    })
  })

  describe('the state of a puppet', () => {
    const put = (key: string, value: string, atMs = 1, kind = 'k') => ({ kind, key, value, atMs })

    it('is written atomically and read by key, over restarts', async () => {
      await stage.account.puppetState.write([put('a', '1'), put('b', '2')], 'durable')
      await stage.account.puppetState.write(
        [put('a', '3'), { kind: 'k', key: 'b', value: undefined }],
        'relaxed',
      )
      expect(await stage.account.puppetState.get('k', ['a', 'b', 'c'])).toEqual(new Map([['a', '3']]))
      await dispatched('m1') // Where it goes with a later verb, it has gone.
      await stage.restart()
      expect(await stage.account.puppetState.get('k', ['a', 'b', 'c'])).toEqual(new Map([['a', '3']]))
    })

    it('is listed page by page in the order of its keys', async () => {
      await stage.account.puppetState.write(
        [put('b', '2'), put('c', '3'), put('a', '1'), put('x', '9', 1, 'other')],
        'relaxed',
      )
      const page = await stage.account.puppetState.list('k', { limit: 2 })
      expect(page.map(({ key }) => key)).toEqual(['a', 'b'])
      expect(await stage.account.puppetState.list('k', { after: 'b', limit: 2 })).toEqual([
        { key: 'c', value: '3', atMs: 1 },
      ])
    })

    it('removes a whole kind, and old or surplus entries', async () => {
      const entries = Array.from({ length: 1_200 }, (_, n) => put(`k${n}`, 'v', n))
      await stage.account.puppetState.write([...entries, put('x', '9', 1, 'other')], 'relaxed')
      await stage.account.puppetState.prune('k', { beforeMs: 100 })
      await stage.account.puppetState.prune('k', { keep: 10 })
      const left = await stage.account.puppetState.list('k', { limit: 2_000 })
      expect(left.map(({ atMs }) => atMs).toSorted((a, b) => a - b)[0]).toBe(1_189)
      await stage.account.puppetState.write([{ kind: 'k', key: undefined }], 'relaxed')
      expect(await stage.account.puppetState.list('k', { limit: 1 })).toEqual([])
      expect(await stage.account.puppetState.list('other', { limit: 1 })).toHaveLength(1)
    })

    it('is separate for each account', async () => {
      await stage.account.puppetState.write([put('a', '1')], 'relaxed')
      expect(await (await other()).puppetState.get('k', ['a'])).toEqual(new Map())
    })
  })

  it('lists the ids of the latest senders and groups of one account', async () => {
    await stage.account.accept(messageFrom('long ago', 'm1'), 1)
    await stage.account.accept(messageFrom('bob', 'm2', { conversation: group }), 2)
    await stage.account.accept(messageFrom(alice, 'm3'), 3)
    await (await other()).accept(messageFrom('other', 'm4', { accountId: 'other' }), 4)
    expect(new Set(await stage.account.seenIds(3))).toEqual(new Set(['room1', 'bob', alice]))
    expect(await stage.account.kindOf('room1')).toBe('group')
    expect(await stage.account.kindOf('nowhere')).toBeUndefined()
  })

  it('stores the puppet of the last login over restarts', async () => {
    expect(await stage.account.lastPuppet()).toBeUndefined()
    await stage.account.noteLogin('wechaty-puppet-mock')
    await stage.account.noteLogin('wechaty-puppet-ilink')
    await (await other()).noteLogin('wechaty-puppet-service')
    expect(await (await reopened()).lastPuppet()).toBe('wechaty-puppet-ilink')
  })

  it('stores the pause of an account over restarts until it ends', async () => {
    const rest = { untilMs: 5, pauseMs: 4, refusals: 3, earlyFromMs: 2 }
    expect(await stage.account.rest()).toBeUndefined()
    await stage.account.noteRest({ ...rest, refusals: 2 })
    await stage.account.noteRest(rest)
    await (await other()).noteRest({ ...rest, untilMs: 9 })
    await stage.restart()
    expect(await stage.account.rest()).toEqual(rest)
    await stage.account.noteRest(undefined)
    expect(await stage.account.rest()).toBeUndefined()
  })

  it('stores the sends of an account without a confirmation over restarts', async () => {
    expect(await stage.account.silence()).toBeUndefined()
    await stage.account.noteSilence({ botId: 'bot', sends: 1 })
    await stage.account.noteSilence({ botId: 'bot', sends: 2 })
    await (await other()).noteSilence({ botId: 'other', sends: 5 })
    await stage.restart()
    expect(await stage.account.silence()).toEqual({ botId: 'bot', sends: 2 })
    await stage.account.noteSilence(undefined)
    expect(await stage.account.silence()).toBeUndefined()
  })

  it('moves pauses along when the clock is set', async () => {
    await stage.account.noteRest({ untilMs: 5_000, pauseMs: 4_000, refusals: 3, earlyFromMs: 2_000 })
    await stage.harness.store.moveTimes(1_000)
    expect(await stage.account.rest()).toEqual({
      untilMs: 6_000,
      pauseMs: 4_000,
      refusals: 3,
      earlyFromMs: 3_000,
    })
  })

  it('a failed write does not undo the other writes of its commit', async () => {
    const broken = messageFrom(alice, 'bad')
    Object.defineProperty(broken, 'text', {
      enumerable: true,
      get: () => {
        throw new Error('broken')
      },
    })
    const results = await Promise.allSettled([
      stage.account.accept(messageFrom(alice, 'm1'), 1),
      stage.account.accept(broken, 1),
      stage.account.accept(messageFrom(alice, 'm2'), 1),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await stage.account.undecided()).toHaveLength(2)
  })

  it('passes its own integrity check', async () => {
    await dispatched('m1')
    expect(await stage.harness.store.check()).toBeUndefined()
  })

  it('rejects calls after it was closed', async () => {
    await stage.harness.store.close()
    await expect(stage.account.accept(messageFrom(alice, 'm1'), 1)).rejects.toThrow(/closed/)
  })
}
