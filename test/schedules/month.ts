/**
 * A month of schedules in minutes: people write when they please, the backend's windows, quotas and penalties change, and the
 * gateway is restarted, stopped for hours and killed.
 */

import { cpSync } from 'node:fs'
import { type Dice, diceOf } from '../chaos/dice.ts'
import { type Person, peopleOf, writes } from './people.ts'
import { MonthStage, type RunFound, type ShownMessage } from './stage.ts'
import { type Verdict, verdictOf } from './verdict.ts'

export interface MonthOptions {
  /** May be a part of one. */
  readonly days: number
  readonly people: number
  readonly seed: number
  /** Restarts and kills for each step of ten minutes. Defaults to two a day. */
  readonly unrest?: number
  readonly onDay?: (day: number) => void
  /** Where the state of the gateway is copied at the end. */
  readonly keepIn?: string
}

export interface MonthResult extends Verdict {
  readonly steps: number
  readonly restarts: number
  readonly kills: number
  readonly penalties: number
}

const minuteMs = 60_000
const stepMs = 10 * minuteMs
const stepsADay = (24 * 60 * minuteMs) / stepMs
/** How a backend limits sends, as users have reported it; changed once a day. */
const moods = [
  { profile: 'documented', quota: 10 },
  { profile: 'documented', quota: 10 },
  { profile: 'documented', quota: 4 },
  { profile: 'prepare-failed-window', quota: 5 },
  { profile: 'rate-penalty', quota: 3, penaltyMs: 30 * minuteMs },
  { profile: 'prepare-failed-window', quota: 10, windowMs: 20 * 60 * minuteMs },
] as const
const usual = { profile: 'documented', quota: 10, windowMs: 24 * 60 * minuteMs } as const

export async function simulateMonth({
  days,
  people: count,
  seed,
  unrest = 1 / 70,
  onDay,
  keepIn,
}: MonthOptions): Promise<MonthResult> {
  const dice = diceOf(seed)
  const people = peopleOf(count, dice)
  const stage = await MonthStage.open(people)
  const month = new Month(stage, people, dice, unrest)
  try {
    await month.begin()
    for (let day = 0; day < days; day++) {
      onDay?.(day)
      await month.day(Math.min(1, days - day))
    }
    const result = await month.end()
    if (keepIn !== undefined) cpSync(stage.folder, keepIn, { recursive: true })
    return result
  } finally {
    await stage.close()
  }
}

class Month {
  readonly #stage: MonthStage
  readonly #people: readonly Person[]
  readonly #dice: Dice
  readonly #unrest: number
  readonly #shown: ShownMessage[] = []
  /** As they were last seen: the gateway forgets those that ended a month ago. */
  readonly #runs = new Map<string, RunFound>()
  /** When each person wrote, oldest first. */
  readonly #heard = new Map<string, number[]>()
  #steps = 0
  #restarts = 0
  #kills = 0
  #penalties = 0

  constructor(stage: MonthStage, people: readonly Person[], dice: Dice, unrest: number) {
    this.#unrest = unrest
    this.#stage = stage
    this.#people = people
    this.#dice = dice
  }

  /** Everybody asks the bot for what they want to be told. */
  async begin(): Promise<void> {
    await this.#stage.start()
    for (const person of this.#people) {
      for (const number of person.wishes.keys()) {
        await this.#write(person, `wish ${person.mark} ${number}`)
        await this.#stage.settled()
      }
    }
  }

  /** @param part of a day, up to 1 */
  async day(part: number): Promise<void> {
    const { control } = this.#stage
    const mood = this.#dice.pick(moods)
    if (mood.profile === 'rate-penalty') this.#penalties++
    await control.settings({ ...usual, ...mood })
    for (let step = 0; step < part * stepsADay; step++) await this.#step()
    this.#noteRuns()
  }

  async end(): Promise<MonthResult> {
    await this.#stage.control.settings(usual)
    // Pauses of the account last an hour at most; then everybody writes, and what waited comes.
    for (let hour = 0; hour < 3; hour++) {
      await this.#stage.advance(61 * minuteMs)
      for (const person of this.#people) await this.#write(person, 'I am back')
      await this.#stage.settled()
    }
    // What is on its way is looked at again a little later.
    await this.#stage.advance(minuteMs)
    await this.#stage.settled()
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await this.#note()
    this.#noteRuns()
    const verdict = verdictOf({
      people: this.#people,
      shown: this.#shown,
      heard: this.#heard,
      runs: [...this.#runs.values()],
      schedules: this.#stage.schedules(),
      nowMs: this.#stage.nowMs,
    })
    await this.#stage.end('SIGTERM')
    const [steps, restarts, kills, penalties] = [this.#steps, this.#restarts, this.#kills, this.#penalties]
    return { ...verdict, steps, restarts, kills, penalties }
  }

  async #step(): Promise<void> {
    this.#steps++
    await this.#spoilSends()
    await this.#stage.advance(stepMs)
    for (const person of this.#people)
      if (writes(person, this.#stage.nowMs, stepMs, this.#dice)) await this.#write(person, 'hello')
    if (this.#dice.chance(this.#unrest)) await this.#endAndStart()
    await this.#stage.settled()
    await this.#note()
  }

  async #spoilSends(): Promise<void> {
    if (!this.#dice.chance(1 / 30)) return
    const kind = this.#dice.pick(['status', 'cut', 'reset'] as const)
    await this.#stage.control.fault({
      endpoint: 'sendmessage',
      kind,
      times: 1 + this.#dice.below(3),
      ...(kind === 'status' && { value: 503 }),
    })
  }

  /** At any moment of what it does in this step; some stops last for hours. */
  async #endAndStart(): Promise<void> {
    const isKill = this.#dice.chance(0.6)
    await new Promise((resolve) => setTimeout(resolve, this.#dice.below(80)))
    await this.#stage.end(isKill ? 'SIGKILL' : 'SIGTERM')
    if (isKill) this.#kills++
    else this.#restarts++
    const steps = this.#dice.chance(0.3) ? 1 + this.#dice.below(18) : 0
    for (let step = 0; step < steps; step++) await this.#stage.advance(stepMs)
    await this.#stage.start()
  }

  async #write(person: Person, text: string): Promise<void> {
    const times = this.#heard.get(person.id) ?? []
    this.#heard.set(person.id, [...times, this.#stage.nowMs])
    await this.#stage.write(person.id, text)
  }

  #noteRuns(): void {
    for (const run of this.#stage.runs()) this.#runs.set(`${run.scheduleId} ${run.dueMs}`, run)
  }

  async #note(): Promise<void> {
    this.#shown.push(...(await this.#stage.shown()))
  }
}
