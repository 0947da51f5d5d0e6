import { existsSync } from 'node:fs'
import { localTime, MoltbotError } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeLink, OutboxStage, settled, withBob } from '../../test/outbox-stage.ts'
import { eventually, withAlice } from '../../test/samples.ts'

let stage: OutboxStage
beforeEach(async () => {
  stage = await OutboxStage.open()
})
afterEach(() => stage.close())

describe('the outbox', () => {
  it('sends nothing at a moment in which another gateway may serve the account, and sends it later', async () => {
    stage.mayAct = false
    await stage.enqueue(withAlice, 'one')
    await stage.outbox.attach(stage.link)
    const waiting = () => stage.store.listOutbox({ which: 'waiting' })
    await eventually(async () => expect(await waiting()).toMatchObject([{ state: 'parked' }]))
    expect(stage.texts()).toEqual([])
    stage.mayAct = true
    stage.nowMs += 10_000
    await stage.outbox.attach(stage.link)
    await eventually(() => expect(stage.texts()).toEqual(['one']))
  })

  it('sends what waits when the account comes online, in order', async () => {
    await stage.enqueue(withAlice, 'one', 'two')
    await stage.enqueue(withBob, 'three')
    expect(stage.texts()).toEqual([])
    await stage.outbox.attach(stage.link)
    await eventually(() => expect(stage.texts().sort()).toEqual(['one', 'three', 'two']))
    expect(stage.link.sent.filter(({ to }) => to !== 'bob').map(({ text }) => text)).toEqual(['one', 'two'])
    await eventually(async () => expect(await stage.counts()).toEqual({ waiting: 0, troubled: 0 }))
  })

  it('sends texts of schedules that waited for a person as one, before everything later, as many as fit', async () => {
    await stage.outbox.attach(stage.link)
    const used = () => new MoltbotError('quota', 'used up', { retryable: true, certain: true })
    const schedule = (text: string) =>
      stage.store.enqueue(withAlice, { groupId: text, parts: [{ text }], purpose: 'scheduled' }, stage.nowMs)
    for (const text of ['first', 'second', 'a third one']) {
      stage.link.failures.push(used())
      await schedule(text)
      stage.outbox.wake(withAlice)
      await eventually(() => expect(stage.outcomes.at(-1)).toBe('parked'))
      await settled()
    }
    stage.link.sent.length = 0
    await stage.theyWrite()
    await stage.enqueue(withAlice, 'an answer')
    await eventually(() => expect(stage.texts()).toHaveLength(3))
    const time = localTime(stage.nowMs).slice(5, 16)
    expect(stage.texts()).toEqual([
      `2 messages were waiting for you:\n\n${time} first\n\n${time} second`,
      'a third one',
      'an answer',
    ])
    for (const group of ['first', 'second'])
      expect(await stage.store.progress(group)).toMatchObject({ sent: 1 })
  })

  it('sends what a slow file of another answer does not hold up, also after a restart', async () => {
    const { file } = await stage.copy()
    const refused = () => new MoltbotError('refused', 'busy', { retryable: true, certain: true })
    await stage.outbox.attach(stage.link)
    stage.link.failures.push(refused())
    await stage.store.enqueue(
      withAlice,
      { groupId: 'a', parts: [{ file }, { text: 'after the file' }] },
      stage.nowMs,
    )
    stage.outbox.wake(withAlice)
    await eventually(() => expect(stage.outcomes).toEqual(['parked']))
    await stage.enqueue(withAlice, 'status')
    await eventually(() => expect(stage.texts()).toEqual(['file answer.md', 'status']))
    await stage.outbox.stop(50)
    await stage.nextRun()
    await stage.outbox.attach(stage.link)
    await stage.enqueue(withAlice, 'the next answer')
    await eventually(() => expect(stage.texts()).toEqual(['file answer.md', 'status', 'the next answer']))
    stage.nowMs += 10_000
    stage.outbox.wake(withAlice)
    await eventually(() => expect(stage.texts().slice(3)).toEqual(['file answer.md', 'after the file']))
  })

  it('sends a file in its place, and removes its copy when it was sent', async () => {
    const { file, path } = await stage.copy()
    await stage.store.enqueue(withAlice, { groupId: 'g', parts: [{ text: 'before' }, { file }] }, stage.nowMs)
    await stage.outbox.attach(stage.link)
    await eventually(() => expect(stage.texts()).toEqual(['before', 'file answer.md']))
    await eventually(() => expect(existsSync(path)).toBe(false))
  })

  it('removes its copy of a file that is given up', async () => {
    const { file, path } = await stage.copy()
    await stage.outbox.attach(stage.link)
    stage.link.failures.push(new MoltbotError('media-too-large', 'too large'))
    await stage.store.enqueue(withAlice, { groupId: 'g', parts: [{ file }] }, stage.nowMs)
    stage.outbox.wake(withAlice)
    await eventually(() => expect(existsSync(path)).toBe(false))
    expect(await stage.counts()).toMatchObject({ troubled: 1 })
  })

  it('hears that there is something to send at every moment of its end', async () => {
    const { outbox, store, link } = stage
    await outbox.attach(link)
    const nextToSend = store.nextToSend.bind(store)
    for (let ticks = 0; ticks < 20; ticks++) {
      vi.spyOn(store, 'nextToSend').mockImplementationOnce(async (...asked) => {
        const nothing = await nextToSend(...asked)
        const parts = [{ text: `after ${ticks}` }]
        await store.enqueue(withAlice, { groupId: `g${ticks}`, parts }, stage.nowMs)
        void (async () => {
          for (let n = 0; n < ticks; n++) await Promise.resolve()
          outbox.wake(withAlice)
        })()
        return nothing
      })
      outbox.wake(withAlice)
      await eventually(() => expect(stage.texts()).toHaveLength(ticks + 1))
    }
  })

  it('sends nothing while the account is offline', async () => {
    await stage.outbox.attach(stage.link)
    stage.outbox.detach()
    await stage.enqueue(withAlice, 'one')
    await stage.outbox.stop(50)
    expect(stage.texts()).toEqual([])
    expect(await stage.counts()).toMatchObject({ waiting: 1 })
  })

  it('does not hand the next chunk to a connection that was lost during the pause before it', async () => {
    stage.link.minSendGapMs = 100
    await stage.outbox.attach(stage.link)
    await stage.enqueue(withAlice, 'one', 'two')
    await eventually(() => expect(stage.texts()).toEqual(['one']))
    stage.outbox.detach()
    const fresh = new FakeLink()
    await stage.outbox.attach(fresh)
    await eventually(() => expect(fresh.sent.map(({ text }) => text)).toEqual(['two']))
    expect(stage.texts()).toEqual(['one'])
  })

  it('lets the chunk in flight finish when it stops', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const hung = vi.spyOn(stage.link, 'sendText').mockReturnValue(promise)
    await stage.outbox.attach(stage.link)
    await stage.enqueue(withAlice, 'one', 'two')
    await eventually(() => expect(hung).toHaveBeenCalledOnce())
    const stopped = stage.outbox.stop(1_000)
    resolve()
    await stopped
    const rest = await stage.store.nextToSend(withAlice, stage.nowMs)
    expect(rest).toMatchObject({ row: { part: { text: 'two' }, state: 'queued' } })
  })

  it('cuts a part in flight off that outlasts the deadline of a stop', async () => {
    const signals: AbortSignal[] = []
    stage.link.sendText = (_conversation, _part, _clientId, signal = AbortSignal.abort()) => {
      signals.push(signal)
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
    await stage.outbox.attach(stage.link)
    await stage.enqueue(withAlice, 'one')
    await eventually(() => expect(signals).toHaveLength(1))
    await stage.outbox.stop(150)
    expect(signals[0]?.aborted).toBe(true)
    await stage.nextRun()
    const cutOff = await stage.store.nextToSend(withAlice, stage.nowMs + 60_000)
    expect(cutOff).toMatchObject({ row: { state: 'attempted', isCutOff: true } })
  })

  it('ends in time when a send outlasts even that', async () => {
    stage.link.sendText = () => new Promise(() => undefined)
    await stage.outbox.attach(stage.link)
    await stage.enqueue(withAlice, 'one')
    await settled()
    await stage.outbox.stop(150) // A test that hangs fails by its time-out.
  })
})
