import { MoltbotError } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OutboxStage, settled } from '../../test/outbox-stage.ts'
import { eventually, withAlice } from '../../test/samples.ts'

let stage: OutboxStage
beforeEach(async () => {
  stage = await OutboxStage.open()
})
afterEach(() => stage.close())

describe('a commit that hands its first part to the outbox', () => {
  it('sends a part that its commit marks as attempted, without marking it again', async () => {
    await stage.outbox.attach(stage.link)
    const mark = vi.spyOn(stage.store, 'markAttempted')
    await stage.outbox.commit(withAlice, (attempt) => stage.commitReply(attempt, 'one', 'two'))
    await eventually(() => expect(stage.texts()).toEqual(['one', 'two']))
    expect(mark).toHaveBeenCalledOnce()
  })

  it('sends it once, although the conversation is woken during the commit', async () => {
    await stage.outbox.attach(stage.link)
    await stage.outbox.commit(withAlice, async (attempt) => {
      const first = await stage.commitReply(attempt, 'one')
      stage.outbox.wake(withAlice)
      await settled()
      return first
    })
    await stage.outbox.drained(withAlice, new AbortController().signal)
    expect(stage.texts()).toEqual(['one'])
  })

  it('does not ask for the mark while the conversation is sent to, or cannot be', async () => {
    const asked: boolean[] = []
    const commit = async (attempt: boolean) => {
      asked.push(attempt)
      return undefined
    }
    await stage.outbox.commit(withAlice, commit)
    await stage.outbox.attach(stage.link)
    stage.link.isReachable = false
    await stage.outbox.commit(withAlice, commit)
    stage.link.isReachable = true
    await stage.outbox.commit(withAlice, () => stage.outbox.commit(withAlice, commit).then(() => undefined))
    await settled()
    await stage.outbox.commit(withAlice, commit)
    expect(asked).toEqual([false, false, false, true])
  })

  it('puts the part back when the account goes offline during the commit', async () => {
    await stage.outbox.attach(stage.link)
    stage.link.resendUncertain = false
    await stage.outbox.commit(withAlice, async (attempt) => {
      const first = await stage.commitReply(attempt, 'one')
      stage.outbox.detach()
      return first
    })
    await settled()
    await stage.outbox.attach(stage.link)
    await eventually(() => expect(stage.texts()).toEqual(['one']))
    await eventually(async () => expect(await stage.counts()).toEqual({ waiting: 0, troubled: 0 }))
  })

  it('puts it back when it is stopped during the commit, so that the next run sends it', async () => {
    await stage.outbox.attach(stage.link)
    stage.link.resendUncertain = false
    const committed = stage.outbox.commit(withAlice, async (attempt) => {
      const first = await stage.commitReply(attempt, 'one')
      void stage.outbox.stop(50)
      return first
    })
    await committed
    await settled()
    await stage.nextRun()
    await stage.outbox.attach(stage.link)
    await eventually(() => expect(stage.texts()).toEqual(['one']))
  })

  it('goes on after a commit that fails', async () => {
    await stage.outbox.attach(stage.link)
    const committed = stage.outbox.commit(withAlice, () => Promise.reject(new Error('the disk is full')))
    await expect(committed).rejects.toThrow('the disk is full')
    await stage.enqueue(withAlice, 'one')
    await eventually(() => expect(stage.texts()).toEqual(['one']))
  })
})

describe('a conversation is drained', () => {
  const { signal } = new AbortController()

  it('when the account comes online and nothing waits', async () => {
    const drained = vi.fn()
    const waiting = stage.outbox.drained(withAlice, signal).then(drained)
    await settled()
    expect(drained).not.toHaveBeenCalled()
    await stage.outbox.attach(stage.link)
    await waiting
  })

  it('when what waits is sent, without looking again and again', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    vi.spyOn(stage.link, 'sendText').mockReturnValueOnce(promise)
    await stage.outbox.attach(stage.link)
    await stage.enqueue(withAlice, 'one')
    const looks = vi.spyOn(stage.store, 'nextToSend')
    const drained = vi.fn()
    const waiting = stage.outbox.drained(withAlice, signal).then(drained)
    await new Promise((done) => setTimeout(done, 300))
    expect(drained).not.toHaveBeenCalled()
    expect(looks.mock.calls.length).toBeLessThan(3)
    resolve()
    await waiting
  })

  it('when all that is left has to wait for the person', async () => {
    await stage.outbox.attach(stage.link)
    stage.link.failures.push(new MoltbotError('quota', 'used up', { retryable: true }))
    await stage.enqueue(withAlice, 'one')
    await stage.outbox.drained(withAlice, signal)
    expect(stage.outcomes).toEqual(['parked'])
  })

  it('not while the backend wants to be left alone', async () => {
    await stage.outbox.attach(stage.link)
    const limited = new MoltbotError('rate-limited', 'too many', { retryable: true })
    stage.link.failures.push(Object.assign(limited, { retryAfterMs: 30_000 }))
    await stage.enqueue(withAlice, 'one')
    await eventually(() => expect(stage.outcomes).toEqual(['parked']))
    await stage.enqueue(withAlice, 'two')
    const looks = vi.spyOn(stage.store, 'nextToSend')
    const stopping = new AbortController()
    const drained = vi.fn()
    const waiting = stage.outbox.drained(withAlice, stopping.signal).then(drained)
    await new Promise((done) => setTimeout(done, 100))
    expect(drained).not.toHaveBeenCalled()
    expect(looks.mock.calls.length).toBeLessThan(5)
    stopping.abort()
    await waiting
  })
})
