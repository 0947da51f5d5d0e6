import type { SendForecast } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scheduleStage } from '../../test/schedule-stage.ts'
import { type Chat, ChatSchedules, type Wish } from './chat-schedules.ts'

const minuteMs = 60_000
let stage: ReturnType<typeof scheduleStage>
let chats: ChatSchedules
let forecast: SendForecast
beforeEach(() => {
  stage = scheduleStage({ timeZone: 'Asia/Shanghai', perPerson: 3 })
  forecast = { outcome: 'sent' }
  chats = new ChatSchedules({
    store: stage.store,
    config: () => stage.config,
    forecast: async () => forecast,
    onChange: () => undefined,
    now: () => stage.nowMs,
  })
})
afterEach(() => stage.close())

const chat = (personId = 'ann', group?: string, ...others: string[]): Chat => ({
  accountId: 'work',
  conversation: group === undefined ? { kind: 'direct', id: personId } : { kind: 'group', id: group },
  sender: { id: personId },
  messages: [personId, ...others].map((id, index) => ({
    id: `${index}`,
    sender: { id },
    text: '提醒我',
    timestampMs: 0,
  })),
})
const wish = (change: Partial<Wish> = {}): Wish => ({ kind: 'text', text: 'tea', inMinutes: 10, ...change })
const idIn = (said: string) => /chat:\w+/.exec(said)?.[0] ?? ''

describe('a reminder', () => {
  it('says what was understood, in the time zone of the gateway until the person tells theirs', async () => {
    const at = { at: '2026-12-24T18:00', inMinutes: undefined }
    expect(await chats.add(chat(), wish(at))).toContain('once: Thursday, 2026-12-24 18:00 (Asia/Shanghai)')
    const told = await chats.add(chat(), wish({ ...at, timeZone: 'Europe/Berlin' }))
    expect(told).toContain('once: Thursday, 2026-12-24 18:00 (Europe/Berlin)')
    expect(await chats.add(chat(), wish(at))).toContain('(Europe/Berlin)')
    expect(await stage.store.find(idIn(told))).toMatchObject({
      when: { atMs: Date.parse('2026-12-24T17:00Z') },
      language: 'zh-CN',
      personId: 'ann',
    })
  })

  it.each<[string, Partial<Wish>, RegExp]>([
    ['a time that has passed', { at: '2026-01-01T00:00', inMinutes: undefined }, /has passed/],
    ['a time in years', { at: '2029-01-01T00:00Z', inMinutes: undefined }, /more than a year/],
    ['no time', { inMinutes: undefined }, /exactly one time/],
    ['two times', { cron: '0 8 * * *' }, /exactly one time/],
    ['words as a time', { at: 'tomorrow', inMinutes: undefined }, /is no time/],
    ['a date as a time', { at: '2026-13-40T99:00', inMinutes: undefined }, /is no time/],
    ['an unknown zone', { timeZone: 'Asia/Beijing' }, /no time zone/],
    ['a wrong cron expression', { cron: '61 * * * *', inMinutes: undefined }, /cron expression/],
    ['every minute', { cron: '* * * * *', inMinutes: undefined }, /five minutes/],
    ['a short interval', { everyMinutes: 1, inMinutes: undefined }, /five minutes/],
  ])('is refused with a reason for the agent: %s', async (_, change, reason) => {
    await expect(chats.add(chat(), wish(change))).rejects.toThrow(reason)
    expect(await stage.store.list({})).toEqual([])
  })

  it('is refused beyond the limit of the person', async () => {
    for (let n = 0; n < 3; n++) await chats.add(chat(), wish())
    await expect(chats.add(chat(), wish())).rejects.toThrow('3 schedules already')
    await chats.add(chat('bob'), wish())
  })

  it.each<[string, SendForecast, RegExp]>([
    ['will be sent', { outcome: 'sent' }, /It will be sent at that time/],
    [
      'may wait',
      { outcome: 'sent', window: { openedMs: 0, closesMs: 1, left: 1 } },
      /waits until they write, and is then sent first/,
    ],
    [
      'will be refused',
      { outcome: 'refused', code: 'not-admitted', reason: 'not admitted' },
      /will not be sent: not admitted/,
    ],
  ])('says that it %s', async (_, given, expected) => {
    forecast = given
    expect(await chats.add(chat(), wish())).toMatch(expected)
  })
})

describe('a schedule', () => {
  it('tells its next three times', async () => {
    const said = await chats.add(chat(), { kind: 'prompt', text: '今天的天气', cron: '0 8 * * 1-5' })
    expect(said).toContain(
      'cron "0 8 * * 1-5"; next: Monday, 2026-11-30 08:00 (Asia/Shanghai); Tuesday, 2026-12-01 08:00 (Asia/Shanghai); Wednesday',
    )
  })

  it('at an interval counts from now', async () => {
    const id = idIn(await chats.add(chat(), wish({ everyMinutes: 90, inMinutes: undefined })))
    expect((await stage.store.find(id))?.nextMs).toBe(stage.nowMs + 90 * minuteMs)
  })
})

describe('in other chats', () => {
  it('a schedule is neither seen nor cancelled', async () => {
    const id = idIn(await chats.add(chat(), wish()))
    for (const other of [chat('bob'), chat('ann', 'room'), { ...chat(), accountId: 'home' }]) {
      expect(await chats.list(other)).toBe('Nothing is scheduled in this chat.')
      await expect(chats.cancel(other, id)).rejects.toThrow('nothing is scheduled under')
    }
    expect(await chats.list(chat())).toContain(id)
  })

  it('one of the operator is not cancelled, and not listed', async () => {
    const { nowMs } = stage
    await stage.add('job', { origin: 'config', nextMs: nowMs + minuteMs })
    expect(await chats.list(chat())).toBe('Nothing is scheduled in this chat.')
    await expect(chats.cancel(chat(), 'job')).rejects.toThrow('nothing is scheduled under')
  })
})

describe('in a group', () => {
  it('only the person who made a schedule cancels it, in a turn that is theirs alone', async () => {
    const id = idIn(await chats.add(chat('ann', 'room'), wish()))
    await expect(chats.cancel(chat('bob', 'room'), id)).rejects.toThrow('only the person who made it')
    await expect(chats.cancel(chat('ann', 'room', 'bob'), id)).rejects.toThrow('only the person who made it')
    expect(await chats.cancel(chat('ann', 'room'), id)).toContain(`Cancelled: ${id}`)
    expect(await chats.list(chat('ann', 'room'))).toBe('Nothing is scheduled in this chat.')
  })
})
