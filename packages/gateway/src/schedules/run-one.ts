/**
 * One claimed run, from the forecast to what became of it. What it sends has an id made of the schedule and its due time, so
 * that a second attempt after a crash sends nothing twice.
 */

import {
  codeOf,
  type ForecastQuery,
  type Logger,
  MoltbotError,
  messageOf,
  type ReplyMedia,
  type ReplyPiece,
  type SendForecast,
  type SendOutcome,
  type SendReceipt,
} from '@moltbot/channel-sdk'
import type { SendOrder } from '../control/target.ts'
import { type AgentTurnPorts, scheduledTurn } from './agent-turn.ts'
import type { ClaimedRun, RunState, ScheduleStore } from './schedule.ts'
import { sendIdOf } from './schedule.ts'
import { failedText, lateLine } from './words.ts'

export interface DeliveryPorts extends AgentTurnPorts {
  readonly forecast: (query: ForecastQuery) => Promise<SendForecast>
  readonly send: (order: SendOrder) => Promise<SendReceipt>
  /** What became of what was sent with this id; undefined where nothing was. */
  readonly outcome: (accountId: string, id: string) => Promise<SendOutcome | undefined>
}

export interface RunOneOptions {
  readonly store: Pick<ScheduleStore, 'settle' | 'giveBack' | 'queuedIn'>
  readonly ports: DeliveryPorts
  readonly owner: string
  readonly now: () => number
  readonly catchUpMs: () => number
  readonly log: Logger
  /** Aborts when the gateway stops: the run is taken up again by the next one. */
  readonly signal: AbortSignal
}

interface End {
  readonly state: RunState
  readonly reason: string
}

/** Until the next attempt. Each one with the agent costs tokens. */
const retryMs = { text: 60_000, prompt: 5 * 60_000 } as const
/** A run whose attempts end with the process, or with failures of the agent, is given up after so many. */
const maxAttempts = { text: 100, prompt: 3 } as const
/** Messages of schedules that may wait for one chat; more would only be read as a flood. */
const maxWaiting = 10

/** Never rejects. */
export async function runOne(run: ClaimedRun, options: RunOneOptions): Promise<void> {
  const { store, owner, now, log, signal } = options
  try {
    const { state, reason } = await endOf(run, options)
    await store.settle(run, owner, { state, reason, sinceMs: now() })
    log.info(
      { event: 'schedule.run', schedule: run.scheduleId, dueMs: run.dueMs, state, reason },
      'Schedule was due',
    )
  } catch (error) {
    if (signal.aborted) return
    const reason = messageOf(error)
    log.warn({ schedule: run.scheduleId, error: reason }, 'A run of a schedule failed; it is tried again')
    await store
      .giveBack(run, owner, now() + retryMs[run.schedule.content.kind], reason)
      .catch((failure: unknown) => {
        log.error({ err: failure, schedule: run.scheduleId }, 'A run of a schedule could not be stored')
      })
  }
}

/** @throws what may pass with time */
async function endOf(run: ClaimedRun, options: RunOneOptions): Promise<End> {
  const { ports, now, catchUpMs } = options
  const { accountId, conversation } = run.schedule
  const known = await ports.outcome(accountId, sendIdOf(run)).catch(unlessUnknown)
  if (known !== undefined) return { state: known.status, reason: known.reason ?? '' }
  if (now() - run.dueMs > catchUpMs()) return { state: 'missed', reason: run.reason || 'it was too late' }
  const forecast = await ports.forecast({ accountId, to: conversation.id })
  if (forecast.outcome === 'refused') return { state: 'refused', reason: forecast.reason }
  if (run.attempts > maxAttempts[run.schedule.content.kind])
    return { state: 'failed', reason: run.reason || 'it was cut off several times' }
  if (forecast.outcome === 'queued' && (await isFull(run, options)))
    return { state: 'not-sent', reason: 'too many scheduled messages wait in this chat already' }
  return run.schedule.content.kind === 'text'
    ? send(run, { text: run.schedule.content.text }, options)
    : answer(run, options)
}

/** The account is gone: nothing was sent with its name that could be known. */
function unlessUnknown(error: unknown): undefined {
  if (codeOf(error) !== 'account-unknown') throw error
}

async function isFull({ schedule }: ClaimedRun, { store }: RunOneOptions): Promise<boolean> {
  return (await store.queuedIn(schedule.accountId, schedule.conversation)) >= maxWaiting
}

/** Files of the answer are sent while the agent's turn is open: they end with it. */
async function answer(run: ClaimedRun, options: RunOneOptions): Promise<End> {
  const { ports, now, signal } = options
  let end: End | undefined
  try {
    for await (const piece of scheduledTurn(run, now(), ports, signal)) {
      const sent = await sendPiece(run, piece, end !== undefined, options)
      end ??= sent
    }
  } catch (error) {
    if (end !== undefined) return end // What came first is sent; the run is not repeated for the rest.
    if (signal.aborted || run.attempts < maxAttempts.prompt) throw error
    const { language, content } = run.schedule
    await send(run, { text: failedText(language, content.text) }, options)
    return { state: 'failed', reason: messageOf(error) }
  }
  return end ?? { state: 'failed', reason: 'the agent had no answer' }
}

async function sendPiece(
  run: ClaimedRun,
  { text, media = [] }: ReplyPiece,
  isFurther: boolean,
  options: RunOneOptions,
): Promise<End | undefined> {
  const [first, ...others] = media
  if (text.trim() === '' && first === undefined) return undefined
  const end = await send(
    run,
    { text, markdown: true, ...(first && { media: first }) },
    options,
    isFurther ? 'more' : '',
  )
  for (const [index, one] of others.entries())
    await send(run, { text: '', media: one }, options, `file-${index}`)
  return end
}

interface Content {
  readonly text: string
  readonly markdown?: true
  readonly media?: ReplyMedia
}

/** @param part of several messages of one run */
async function send(
  run: ClaimedRun,
  content: Content,
  { ports, now }: RunOneOptions,
  part = '',
): Promise<End> {
  const { accountId, conversation, language } = run.schedule
  const late = part === '' && content.text !== '' ? lateLine(language, now() - run.dueMs) : ''
  const id = [sendIdOf(run), part].filter((one) => one !== '').join('-')
  const order = { accountId, to: conversation.id, queue: true, kind: 'scheduled', id } as const
  try {
    const {
      status,
      reason = '',
      wait,
    } = await ports.send({ ...order, ...content, text: late + content.text })
    return { state: status, reason: wait?.reason ?? reason }
  } catch (error) {
    if (error instanceof MoltbotError && final.has(error.code))
      return { state: 'not-sent', reason: error.message }
    throw error
  }
}

/** Codes of a send that another attempt does not cure. */
const final: ReadonlySet<string> = new Set([
  'not-sent',
  'nothing-to-send',
  'media-unreadable',
  'media-too-large',
  'account-disabled',
  'account-unknown',
])
