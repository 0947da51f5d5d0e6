/**
 * The schedules that the configuration has, as those of chats are stored. Pure.
 */

import type { SchedulesConfig } from '../config/schedules-schema.ts'
import type { Schedule } from './schedule.ts'
import { dueAfter, type When } from './when.ts'
import { languageOf } from './words.ts'

type Job = SchedulesConfig['jobs'][string]

export interface ConfiguredOptions {
  /** Undefined: a job that names no account has none. */
  readonly defaultAccountId: string | undefined
  readonly machineTimeZone: string
  readonly nowMs: number
}

export function configuredSchedules(config: SchedulesConfig, options: ConfiguredOptions): Schedule[] {
  return Object.entries(config.jobs).flatMap(([id, job]) =>
    job.enabled ? [scheduleOf(id, job, config, options)] : [],
  )
}

function scheduleOf(
  id: string,
  job: Job,
  { catchUpMs, ...config }: SchedulesConfig,
  { defaultAccountId, machineTimeZone, nowMs }: ConfiguredOptions,
): Schedule {
  const timeZone = job.timeZone ?? config.timeZone ?? machineTimeZone
  const when = whenOf(job, timeZone)
  const text = job.text ?? job.prompt ?? ''
  return {
    id,
    accountId: job.accountId ?? defaultAccountId ?? '',
    conversation: { kind: job.group ? 'group' : 'direct', id: job.to },
    personId: '',
    origin: 'config',
    when,
    content: { kind: job.text === undefined ? 'prompt' : 'text', text },
    tools: job.tools,
    language: languageOf(text),
    timeZone,
    createdMs: nowMs,
    isPaused: false,
    // One that was due while the gateway started is late, not over.
    nextMs: dueAfter(when, 'atMs' in when ? nowMs - catchUpMs : nowMs),
  }
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

function whenOf({ cron, every, at }: Job, timeZone: string): When {
  if (cron !== undefined) return { cron, timeZone }
  if (at !== undefined) return { atMs: Date.parse(at) }
  const interval = every ?? '1d'
  return { everyMs: Number(interval.slice(0, -1)) * (unitMs[interval.slice(-1)] ?? 1), fromMs: 0 }
}
