/**
 * The plain types of schedules and of their runs, and the port of everything about them that is stored.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import type { When } from './when.ts'

export interface Schedule {
  readonly id: string
  readonly accountId: string
  readonly conversation: Conversation
  /** Who made it in a chat; empty for one of the configuration. */
  readonly personId: string
  readonly origin: 'chat' | 'config'
  readonly when: When
  /** `text`: sent as it is; `prompt`: the agent runs with it, and its answer is sent. */
  readonly content: { readonly kind: 'text' | 'prompt'; readonly text: string }
  /** The tools of the agent for a prompt, by name or pattern; absent: those of a message in this chat. */
  readonly tools?: readonly string[] | undefined
  /** Language of the gateway's own words in what is sent. */
  readonly language: 'en' | 'zh-CN'
  /** In which people read its times. */
  readonly timeZone: string
  readonly createdMs: number
  readonly isPaused: boolean
  /** Undefined: it is not due again. */
  readonly nextMs: number | undefined
}

/**
 * `due`: not claimed yet; `running`: claimed; `queued`: on its way, it waits for the person, the rate or the connection;
 * `sent`, `partly-sent`, `not-sent`: what became of it; `missed`: the gateway did not run at that time; `refused`: it is not allowed,
 * such as a person who is not admitted any more; `failed`: the agent had no answer.
 */
export type RunState =
  | 'due'
  | 'running'
  | 'queued'
  | 'sent'
  | 'partly-sent'
  | 'not-sent'
  | 'missed'
  | 'refused'
  | 'failed'

/** One due time of a schedule. There is at most one run for each. */
export interface Run {
  readonly scheduleId: string
  readonly dueMs: number
  readonly state: RunState
  /** Why, for people; empty where there is nothing to say. */
  readonly reason: string
  /** How often it was begun. */
  readonly attempts: number
  /** When it got its state. */
  readonly sinceMs: number
}

export interface ClaimedRun extends Run {
  readonly schedule: Schedule
}

/** What the planner found for a schedule that is due. */
export interface Plan {
  readonly runs: readonly {
    readonly dueMs: number
    readonly state: 'due' | 'missed'
    readonly reason: string
  }[]
  readonly nextMs: number | undefined
}

export interface ScheduleLimits {
  /** Schedules that a person may have with an account, and all people together. Those of the configuration do not count. */
  readonly perPerson: number
  readonly perAccount: number
}

export interface SchedulePlace {
  readonly accountId?: string | undefined
  readonly conversation?: Conversation
}

/** Identifies a run. */
export type RunKey = Pick<Run, 'scheduleId' | 'dueMs'>

/**
 * What is stored of schedules. Verbs say what they mean and are asynchronous, so that several gateways can share a database;
 * what must happen together is one verb. All that write are durable. `scheduleStoreContract` says what an implementation has
 * to do.
 */
export interface ScheduleStore {
  /** Stores a schedule of a chat, unless a limit is reached. */
  add(schedule: Schedule, limits: ScheduleLimits): Promise<'added' | 'person-full' | 'account-full'>
  /**
   * The schedules of the configuration are these, and no others. One that is known keeps its pause, and its next time as long as
   * `when` is the same.
   */
  putConfigured(schedules: readonly Schedule[]): Promise<void>
  /** Those that are due again, paused ones too, the next one first. A thousand at most. */
  list(place: SchedulePlace): Promise<readonly Schedule[]>
  find(id: string): Promise<Schedule | undefined>
  /** Its runs that were not begun go with it. @returns false: there is none */
  remove(id: string): Promise<boolean>
  /** @param nextMs of one that goes on */
  setPaused(id: string, isPaused: boolean, nextMs: number | undefined): Promise<boolean>
  /** Schedules whose next time has come, paused ones too, a hundred at most. */
  due(nowMs: number): Promise<readonly Schedule[]>
  /**
   * The next time of all schedules, or the time at which a run may be claimed; undefined: there is none.
   * @param elsewhere see `claim`
   */
  nextDueMs(elsewhere?: readonly string[]): Promise<number | undefined>
  /**
   * Stores the runs of a schedule that is due, and its next time, together, if its next time is still `fromMs`. A due time that has
   * a run keeps it.
   * @returns false: somebody else has planned it
   */
  plan(scheduleId: string, fromMs: number, plan: Plan): Promise<boolean>
  /** Stores a run beside those of the plan, due now. @returns false: there is no such schedule, or it has a run of this time */
  runNow(scheduleId: string, dueMs: number): Promise<boolean>
  /**
   * Takes the oldest run that is due, or whose claim has ended, for this owner. Nobody else gets it before `untilMs`, or before it
   * is given back.
   * @param elsewhere accounts whose runs are not for this owner. Defaults to none
   */
  claim(
    owner: string,
    nowMs: number,
    untilMs: number,
    elsewhere?: readonly string[],
  ): Promise<ClaimedRun | undefined>
  /** Ends the claims of all owners but this one, for the gateway that serves the account. @param accountId default: all */
  takeOver(owner: string, accountId?: string): Promise<void>
  /** What became of a run that this owner has claimed. @returns false: it has it no more, and nothing was changed */
  settle(run: RunKey, owner: string, end: Pick<Run, 'state' | 'reason' | 'sinceMs'>): Promise<boolean>
  /** Gives a claimed run back, for another attempt at a later time. */
  giveBack(run: RunKey, owner: string, notBeforeMs: number, reason: string): Promise<boolean>
  /** Runs that are on their way, oldest first, the first hundred at most, or those that follow one of them. */
  queued(after?: RunKey): Promise<readonly ClaimedRun[]>
  /** How many are on their way to a chat. */
  queuedIn(accountId: string, conversation: Conversation): Promise<number>
  /** What became of one that was on its way. */
  arrived(run: RunKey, end: Pick<Run, 'state' | 'reason' | 'sinceMs'>): Promise<void>
  /** The latest run of each of these schedules that has one. */
  latestRuns(scheduleIds: readonly string[]): Promise<readonly Run[]>
  /** Newest first. */
  runsOf(scheduleId: string, most: number): Promise<readonly Run[]>
  /** The time zone that a person has told. */
  zoneOf(accountId: string, personId: string): Promise<string | undefined>
  setZone(accountId: string, personId: string, timeZone: string): Promise<void>
  /**
   * A person is being asked for a word.
   * @returns false: they were asked already since their window opened at `openedMs`
   */
  noteNudge(
    accountId: string,
    personId: string,
    nudge: { readonly openedMs: number; readonly nowMs: number },
  ): Promise<boolean>
  /** Removes runs that ended before, and schedules that are not due again since then. */
  prune(beforeMs: number): Promise<void>
}

/** The id of what a run sends: two runs, or two attempts of a run, never have two messages for one due time. */
export const sendIdOf = ({ scheduleId, dueMs }: RunKey): string => `schedule-${scheduleId}-${dueMs}`
