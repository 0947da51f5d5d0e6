import { type Conversation, MoltbotError } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OutboxStage, settled, withBob } from '../../test/outbox-stage.ts'
import { alice, eventually, messageFrom, withAlice } from '../../test/samples.ts'
import type { OutboxPart, OutboxRow } from '../model/outbox.ts'

let stage: OutboxStage
beforeEach(async () => {
  stage = await OutboxStage.open()
})
afterEach(() => stage.close())

describe('a part of an answer that is given up', () => {
  const answer = async (parts: readonly OutboxPart[], groupId = 'g') => {
    await stage.store.enqueue(withAlice, { groupId, parts, purpose: 'answer' }, stage.nowMs)
    stage.outbox.wake(withAlice)
  }
  const final = (code = 'invalid-argument') => new MoltbotError(code, 'refused', { certain: true })
  const busy = () => new MoltbotError('refused', 'busy', { retryable: true, certain: true })
  const dayMs = 24 * 60 * 60_000
  const lost = 'Part of an answer to you could not be sent. Please ask again if you still need it.'

  beforeEach(() => stage.outbox.attach(stage.link))

  it('is reported to the person in one line, although several parts are lost', async () => {
    stage.link.failures.push(final(), final())
    await answer([{ text: 'one' }, { text: 'two' }, { text: 'three' }])
    await eventually(() => expect(stage.texts()).toEqual(['one', 'two', 'three', lost]))
    await eventually(async () => expect(await stage.counts()).toEqual({ waiting: 0, troubled: 2 }))
  })

  it('is reported at most once a day in a conversation', async () => {
    for (const [groupId, laterMs] of [
      ['a', 0],
      ['b', dayMs - 1],
      ['c', 1],
    ] as const) {
      stage.nowMs += laterMs
      stage.link.failures.push(final())
      await answer([{ text: groupId }], groupId)
      await eventually(async () => expect(await stage.counts()).toMatchObject({ waiting: 0 }))
      await settled()
    }
    expect(stage.texts()).toEqual(['a', lost, 'b', 'c', lost])
  })

  it('is not reported if it is no answer, and a report that is lost is not reported or counted', async () => {
    stage.link.failures.push(final(), final(), final())
    await stage.enqueue(withAlice, 'a notice')
    await answer([{ text: 'one' }])
    await eventually(() => expect(stage.texts()).toEqual(['a notice', 'one', lost]))
    await eventually(async () => expect(await stage.counts()).toEqual({ waiting: 0, troubled: 2 }))
    await settled()
    expect(stage.texts()).toHaveLength(3)
  })

  it('is reported when the person writes again, if nothing may be sent before', async () => {
    stage.link.failures.push(
      new MoltbotError('window-closed', 'write first', { retryable: true, certain: true }),
    )
    await answer([{ text: 'one' }])
    await eventually(() => expect(stage.outcomes).toEqual(['parked']))
    stage.link.failures.push(
      new MoltbotError('window-closed', 'write first', { retryable: true, certain: true }),
    )
    stage.nowMs += dayMs + 2
    stage.outbox.wake(withAlice)
    await eventually(() => expect(stage.outcomes).toEqual(['parked', 'expired', 'parked']))
    stage.nowMs += 3 * dayMs
    await stage.theyWrite()
    stage.outbox.wake(withAlice)
    await eventually(() => expect(stage.texts()).toEqual(['one', lost, lost]))
    expect(stage.link.sent[1]?.clientId).toBe(stage.link.sent[2]?.clientId)
  })

  it('is reported in the language of the last message', async () => {
    const message = messageFrom(alice, 'm0', { text: '把计划发给我' })
    await stage.store.accept(message, stage.nowMs)
    await stage.store.decide(message, { state: 'dispatched', reason: 'dm-open' }, stage.nowMs)
    await stage.outbox.stop(50)
    stage.outbox = stage.newOutbox('auto')
    await stage.outbox.attach(stage.link)
    stage.link.failures.push(final())
    await answer([{ text: '一' }])
    await eventually(() => expect(stage.texts().at(-1)).toMatch(/^有一条回复没能发出来/))
    expect(stage.texts().at(-1)).not.toContain('Part of')
  })

  it('is named if it is a file, also while further attempts are made', async () => {
    const { file } = await stage.copy()
    stage.link.failures.push(busy())
    await answer([{ file }])
    const delayed = '[answer.md: could not be sent so far; it follows if a later attempt succeeds]'
    await eventually(() => expect(stage.texts()).toEqual(['file answer.md', delayed]))
    stage.nowMs += 10_000
    stage.link.failures.push(final('media-refused'))
    stage.outbox.wake(withAlice)
    await eventually(async () => expect(await stage.counts()).toEqual({ waiting: 0, troubled: 1 }))
    await settled()
    expect(stage.texts()).toEqual(['file answer.md', delayed, 'file answer.md'])
  })

  it('may have arrived if it stayed unconfirmed, but probably did if a stop cut it off', async () => {
    stage.link.resendUncertain = false
    stage.link.failures.push(new Error('reset'))
    await answer([{ text: 'one' }])
    await eventually(() => expect(stage.texts()).toEqual(['one']))
    stage.nowMs += 2_000
    stage.outbox.wake(withAlice)
    await eventually(() =>
      expect(stage.texts().at(-1)).toMatch(/^Part of an answer to you may not have arrived/),
    )

    const { row: bobs } = await markedFor(withBob)
    expect(bobs.state).toBe('attempted')
    await stage.outbox.stop(50)
    await stage.nextRun()
    await stage.outbox.attach(stage.link)
    await eventually(async () => expect(await stage.counts()).toEqual({ waiting: 0, troubled: 2 }))
    await settled()
    expect(stage.link.sent.filter(({ to }) => to === 'bob')).toEqual([])
  })

  async function markedFor(conversation: Conversation): Promise<{ row: OutboxRow }> {
    await stage.store.enqueue(
      conversation,
      { groupId: 'cut', parts: [{ text: 'cut' }], purpose: 'answer' },
      stage.nowMs,
    )
    const next = await stage.store.nextToSend(conversation, stage.nowMs)
    if (next === undefined || !('row' in next)) throw new Error('nothing to send')
    return { row: await stage.store.markAttempted(next.row, stage.nowMs, 'durable') }
  }

  it('expires sooner in a group', async () => {
    const group: Conversation = { kind: 'group', id: 'room1' }
    stage.outbox.detach()
    await stage.store.enqueue(
      group,
      { groupId: 'g', parts: [{ text: 'old' }], purpose: 'answer' },
      stage.nowMs,
    )
    stage.nowMs += 30 * 60_000 + 1
    await stage.outbox.attach(stage.link)
    await eventually(() => expect(stage.outcomes).toEqual(['expired', 'sent']))
    expect(stage.texts()).toEqual([lost])
  })
})
