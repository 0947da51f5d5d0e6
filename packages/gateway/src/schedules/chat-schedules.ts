/**
 * What people can schedule in a chat through the agent: only for that chat, within their limits, and seen by nobody elsewhere.
 */

import { randomInt } from 'node:crypto'
import type { ForecastQuery, SendForecast, Turn } from '@moltbot/channel-sdk'
import { Cron } from 'croner'
import type { SchedulesConfig } from '../config/schedules-schema.ts'
import { isTimeZone, machineTimeZone, noSuchZone } from '../time-zone.ts'
import { expectation, scheduleInWords, whenInWords } from './describe.ts'
import type { Schedule, ScheduleStore } from './schedule.ts'
import { dueAfter, shortestGapMs, type When, whenSchema } from './when.ts'
import { languageOf } from './words.ts'

export interface ChatSchedulesOptions {
  readonly store: Pick<ScheduleStore, 'add' | 'list' | 'find' | 'remove' | 'zoneOf' | 'setZone'>
  readonly config: () => SchedulesConfig
  readonly forecast: (query: ForecastQuery) => Promise<SendForecast>
  /** There is a new schedule. */
  readonly onChange: () => void
  readonly now: () => number
}

/** What of a turn says where and for whom. */
export type Chat = Pick<Turn, 'accountId' | 'conversation' | 'sender' | 'messages'>

export interface Wish {
  readonly kind: 'text' | 'prompt'
  readonly text: string
  readonly timeZone?: string | undefined
  /** One of these. */
  readonly at?: string | undefined
  readonly inMinutes?: number | undefined
  readonly cron?: string | undefined
  readonly everyMinutes?: number | undefined
}

const minuteMs = 60_000
const shortestMs = 5 * minuteMs
const longestMs = 366 * 24 * 60 * minuteMs

/** Errors are for the agent: it says them to the person in its own words. */
export class ChatSchedules {
  readonly #options: ChatSchedulesOptions

  constructor(options: ChatSchedulesOptions) {
    this.#options = options
  }

  /** @returns what was understood @throws why it is not possible */
  async add(chat: Chat, wish: Wish): Promise<string> {
    const { store, config, forecast, onChange, now } = this.#options
    const { accountId, conversation, sender } = chat
    const timeZone = await this.#timeZone(chat, wish.timeZone)
    const when = whenOf(wish, timeZone, now())
    const nextMs = dueAfter(when, now())
    if (nextMs === undefined) throw new Error('that time has passed; call the tool time for the current time')
    if (nextMs - now() > longestMs) throw new Error('that is more than a year ahead, which is not possible')
    const gapMs = shortestGapMs(when, now())
    if (gapMs !== undefined && gapMs < shortestMs) throw new Error('at most once in five minutes is possible')
    const schedule: Schedule = {
      id: newId(),
      accountId,
      conversation,
      personId: sender.id,
      origin: 'chat',
      when,
      content: { kind: wish.kind, text: wish.text },
      language: languageOf(`${wish.text}${chat.messages.map(({ text }) => text).join('')}`),
      timeZone,
      createdMs: now(),
      isPaused: false,
      nextMs,
    }
    const { perPerson, perAccount } = config()
    const outcome = await store.add(schedule, { perPerson, perAccount })
    if (outcome === 'person-full')
      throw new Error(`this person has ${perPerson} schedules already, which is the limit`)
    if (outcome === 'account-full') throw new Error('there are as many schedules as this bot may have')
    onChange()
    const expected = expectation(await forecast({ accountId, to: conversation.id }), nextMs, timeZone)
    return `Stored as ${schedule.id}: ${whenInWords(when, nextMs, timeZone)}. ${expected}`
  }

  async list({ accountId, conversation }: Chat): Promise<string> {
    const found = await this.#options.store.list({ accountId, conversation })
    const shown = found.filter(({ origin }) => origin === 'chat')
    return shown.length === 0 ? 'Nothing is scheduled in this chat.' : shown.map(scheduleInWords).join('\n')
  }

  /** In a group only those who made a schedule can cancel it. */
  async cancel({ accountId, conversation, sender, messages }: Chat, id: string): Promise<string> {
    const { store } = this.#options
    const found = await store.find(id)
    const isHere =
      found?.origin === 'chat' &&
      found.accountId === accountId &&
      found.conversation.kind === conversation.kind &&
      found.conversation.id === conversation.id &&
      found.nextMs !== undefined
    if (!isHere)
      throw new Error(`nothing is scheduled under ${JSON.stringify(id)} in this chat; see list_schedules`)
    const people = new Set([sender.id, ...messages.map((message) => message.sender.id)])
    if (people.size > 1 || !people.has(found.personId))
      throw new Error('only the person who made it can cancel it, with a message of their own')
    await store.remove(id)
    return `Cancelled: ${scheduleInWords(found)}`
  }

  /** That of the person, if they have told it, else that of the gateway. One that is named is remembered. */
  async #timeZone({ accountId, sender }: Chat, named: string | undefined): Promise<string> {
    const { store, config, now } = this.#options
    if (named === undefined)
      return (
        (await store.zoneOf(accountId, sender.id)) ?? config().timeZone ?? machineTimeZone(new Date(now()))
      )
    if (!isTimeZone(named)) throw new Error(noSuchZone(named))
    await store.setZone(accountId, sender.id, named)
    return named
  }
}

function whenOf({ at, inMinutes, cron, everyMinutes }: Wish, timeZone: string, nowMs: number): When {
  const given = [at, inMinutes, cron, everyMinutes].filter((one) => one !== undefined)
  if (given.length !== 1) throw new Error('give exactly one time')
  if (at !== undefined) return { atMs: timeOf(at, timeZone) }
  if (inMinutes !== undefined) return { atMs: Math.round(nowMs + inMinutes * minuteMs) }
  if (everyMinutes !== undefined) return { everyMs: Math.round(everyMinutes * minuteMs), fromMs: nowMs }
  const { success, data, error } = whenSchema.safeParse({ cron, timeZone })
  if (success) return data
  throw new Error(`this cron expression is not possible: ${error.issues[0]?.message}`)
}

const localDateTime = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?$/

/** A time with an offset, or a local one in the time zone. */
function timeOf(text: string, timeZone: string): number {
  const wrong = () => new Error(`${JSON.stringify(text)} is no time; give one such as "2026-12-24T18:00"`)
  if (!localDateTime.test(text)) {
    const ms = Date.parse(text)
    if (Number.isNaN(ms) || !/(?:Z|[+-]\d{2}:?\d{2})$/.test(text)) throw wrong()
    return ms
  }
  try {
    const whole = text.replace(' ', 'T')
    const once = new Cron(whole.length === 16 ? `${whole}:00` : whole, { timezone: timeZone, paused: true })
    return once.getOnce()?.getTime() ?? Number.NaN
  } catch {
    throw wrong()
  }
}

const idAlphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
const idLength = 8

/** Names of the configuration never have this form. */
function newId(): string {
  const letters = Array.from({ length: idLength }, () => idAlphabet[randomInt(idAlphabet.length)])
  return `chat:${letters.join('')}`
}
