import { MoltbotError } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scheduleStage } from '../../test/schedule-stage.ts'
import { scheduleOf } from '../../test/schedule-store-contract.ts'
import { scheduleToolNames } from './tool-names.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const waiting = { outcome: 'queued', wait: { cause: 'window', reason: 'they have to write' } } as const

let stage: ReturnType<typeof scheduleStage>
beforeEach(async () => {
  stage = scheduleStage()
  await stage.start('first')
})
afterEach(() => stage.close())

const prompt = { content: { kind: 'prompt', text: 'the weather' } } as const
const onceAt = (ms: number) => ({ when: { atMs: ms }, nextMs: ms })
const every = (ms: number) => ({ when: { everyMs: ms, fromMs: stage.nowMs - ms } })

describe('a schedule', () => {
  it('sends its text at its time, once', async () => {
    await stage.add('a', { nextMs: stage.nowMs + minuteMs, when: { atMs: stage.nowMs + minuteMs } })
    await stage.after(minuteMs - 1)
    expect(stage.texts()).toEqual([])
    await stage.after(1)
    await stage.after(minuteMs)
    expect(stage.texts()).toEqual(['text of a'])
    expect(await stage.states('a')).toEqual(['sent'])
  })

  it('goes on at each of its times', async () => {
    await stage.add('a', every(hourMs))
    for (let n = 0; n < 3; n++) await stage.after(n === 0 ? 0 : hourMs)
    expect(await stage.states('a')).toEqual(['sent', 'sent', 'sent'])
  })

  it('runs the agent in its chat, with the tools of that chat but those that schedule', async () => {
    await stage.add('a', { ...prompt, tools: ['weather'] })
    await stage.after(0)
    expect(stage.texts()).toEqual(['an answer'])
    expect(stage.turns[0]).toMatchObject({
      accountId: 'work',
      channelId: 'wechat',
      conversation: { kind: 'direct', id: 'ann' },
      sender: { id: 'ann' },
      messages: [{ text: 'the weather' }],
      tools: [{ deny: ['secret'] }, { deny: scheduleToolNames }, { allow: ['weather'] }],
    })
  })

  it('says how late it is, after a stop, and is missed when it is too late', async () => {
    await stage.add('young')
    await stage.add('old', { nextMs: stage.nowMs - hourMs, when: { atMs: stage.nowMs - hourMs } })
    await stage.after(12 * minuteMs)
    expect(stage.texts()).toEqual(['(12 minutes late)\ntext of young'])
    expect(await stage.states('old')).toEqual(['missed'])
  })
})

describe('what is not sent at once', () => {
  it('is followed until it arrives', async () => {
    stage.forecast = waiting
    await stage.add('a')
    await stage.after(0)
    expect(await stage.states('a')).toEqual(['queued'])
    await stage.after(hourMs)
    expect(await stage.states('a')).toEqual(['queued'])
    for (const one of stage.sent.values()) one.outcome = { status: 'sent', chunks: 1, sent: 1 }
    await stage.after(minuteMs)
    expect(await stage.states('a')).toEqual(['sent'])
  })

  it('is followed where a hundred others wait longer', async () => {
    stage.forecast = waiting
    for (let n = 0; n < 101; n++) {
      const conversation = { kind: 'direct', id: `person${n}` } as const
      await stage.store.add(
        scheduleOf(`s${n}`, { conversation, personId: conversation.id, ...onceAt(stage.nowMs + n) }),
        { perPerson: 1, perAccount: 200 },
      )
    }
    await stage.after(minuteMs)
    for (const one of stage.sent.values())
      if (one.text.endsWith('s100')) one.outcome = { status: 'sent', chunks: 1, sent: 1 }
    await stage.after(minuteMs)
    await stage.after(minuteMs)
    expect(await stage.states('s100')).toEqual(['sent'])
    expect(await stage.states('s99')).toEqual(['queued'])
  })

  it('is not sent where ten wait in the chat already', async () => {
    stage.forecast = waiting
    await stage.add('a', every(hourMs))
    for (let n = 0; n < 12; n++) await stage.after(n === 0 ? 0 : hourMs)
    const states = await stage.states('a')
    expect(states.filter((state) => state === 'queued')).toHaveLength(10)
    expect(states.slice(0, 2)).toEqual(['not-sent', 'not-sent'])
  })

  it('is refused where it is not allowed, without the agent', async () => {
    stage.forecast = { outcome: 'refused', code: 'not-admitted', reason: 'not any more' }
    await stage.add('a', prompt)
    await stage.after(0)
    expect(stage.turns).toEqual([])
    expect(await stage.store.runsOf('a', 1)).toMatchObject([{ state: 'refused', reason: 'not any more' }])
  })

  it('is tried again while the account does not run, and missed when that lasts too long', async () => {
    const down = () => new MoltbotError('account-not-running', 'down', { retryable: true })
    await stage.add('a')
    stage.failures.push(down(), down())
    for (let n = 0; n < 3; n++) await stage.after(n === 0 ? 0 : minuteMs)
    expect(stage.texts()).toEqual(['(2 minutes late)\ntext of a'])
    await stage.add('b')
    stage.failures.push(...Array.from({ length: 100 }, down))
    for (let n = 0; n < 62; n++) await stage.after(n === 0 ? 0 : minuteMs)
    expect(await stage.store.runsOf('b', 1)).toMatchObject([{ state: 'missed', reason: 'down' }])
  })

  it('is told to the person when the agent fails again and again', async () => {
    stage.answer = async () => {
      throw new MoltbotError('model-refused', 'no')
    }
    await stage.add('a', prompt)
    for (let n = 0; n < 4; n++) await stage.after(n === 0 ? 0 : 5 * minuteMs)
    expect(stage.turns.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(stage.texts()).toEqual([
      '(10 minutes late)\nSorry, I could not do what was scheduled: the weather',
    ])
    expect(await stage.states('a')).toEqual(['failed'])
  })
})

describe('after a kill', () => {
  it('a run that was begun is made by the next gateway, and what was sent is not sent again', async () => {
    await stage.add('a', prompt)
    await stage.add('b', prompt)
    const held = Promise.withResolvers<never>()
    let turns = 0
    stage.answer = (turn) =>
      ++turns === 1 ? held.promise : Promise.resolve({ text: `answer to ${turn.id}` })
    await stage.runner.tick() // One hangs, and the other one is sent; then the process is killed.
    await expect.poll(() => stage.sent.size).toBe(1)
    await stage.start('second')
    await stage.after(1_000)
    expect(stage.sent.size).toBe(2)
    expect([...(await stage.states('a')), ...(await stage.states('b'))]).toEqual(['sent', 'sent'])
    expect(new Set(stage.texts()).size).toBe(2)
    held.reject(new Error('the test is over'))
  })

  it.each([
    ['a forecast', 'forecast'],
    ['a send', 'send'],
  ])('of a gateway that stops, %s that fails ends no run', async (_, which) => {
    await stage.add('a')
    const stopping = new MoltbotError('stopping', 'the gateway is stopping', { retryable: true })
    if (which === 'send') stage.failures.push(stopping)
    else stage.forecastFailures.push(stopping)
    await stage.after(0)
    await stage.start('second')
    await stage.after(minuteMs)
    expect(await stage.states('a')).toEqual(['sent'])
  })

  it('a message that was sent before its run was stored is not sent, and the agent not asked, again', async () => {
    await stage.add('a', prompt)
    stage.sent.set(`schedule-a-${stage.nowMs}`, {
      text: 'from before',
      outcome: { status: 'sent', chunks: 1, sent: 1 },
    })
    await stage.after(0)
    expect(stage.turns).toEqual([])
    expect(stage.texts()).toEqual(['from before'])
    expect(await stage.states('a')).toEqual(['sent'])
  })
})

describe('a nudge', () => {
  const window = () => ({
    openedMs: stage.nowMs - 23.7 * hourMs,
    closesMs: stage.nowMs + 0.3 * hourMs,
    left: 2,
  })
  const later = () => ({ nextMs: stage.nowMs + dayMs, when: { atMs: stage.nowMs + dayMs } })

  beforeEach(() => {
    stage.forecast = { outcome: 'sent', window: window() }
  })

  it('is sent once in a window, over restarts, in the language of the person', async () => {
    await stage.add('a', { ...later(), timeZone: 'UTC' })
    await stage.add('b', { ...later(), timeZone: 'UTC', language: 'zh-CN' })
    for (let n = 0; n < 3; n++) {
      await stage.after(minuteMs)
      await stage.start(`gateway ${n}`)
    }
    expect(stage.texts()).toHaveLength(1)
    expect(stage.texts()[0]).toMatch(/^Soon WeChat will not let me write to you .* \(08:00\)/)
  })

  it('waits a minute after the start, for what people wrote meanwhile comes first', async () => {
    await stage.add('a', { ...later(), timeZone: 'UTC' })
    stage.runner.start()
    await stage.runner.stop()
    expect(stage.texts()).toEqual([])
    await stage.after(minuteMs - 1)
    expect(stage.texts()).toEqual([])
    await stage.after(1)
    expect(stage.texts()).toHaveLength(1)
  })

  it('comes again in the next window', async () => {
    await stage.add('a', {
      nextMs: stage.nowMs + 9 * dayMs,
      when: { atMs: stage.nowMs + 9 * dayMs },
      timeZone: 'UTC',
    })
    await stage.after(0)
    await stage.after(dayMs)
    stage.forecast = { outcome: 'sent', window: window() }
    await stage.after(minuteMs)
    expect(stage.texts()).toHaveLength(2)
  })

  it.each([
    ['it is switched off', { nudge: false }, 'UTC'],
    ['it is night for the person', {}, 'America/New_York'],
  ])('is not sent where %s', async (_, config, timeZone) => {
    Object.assign(stage.config, config)
    await stage.add('a', { ...later(), timeZone })
    await stage.after(0)
    expect(stage.texts()).toEqual([])
  })
})
