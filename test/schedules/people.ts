/**
 * The people of a simulated month: when they write, and what is scheduled for them.
 */

import type { Dice } from '../chaos/dice.ts'

export interface Person {
  readonly id: string
  /** Occurs in every text of theirs, and in no other. */
  readonly mark: string
  readonly timeZone: string
  /** Messages a day, on average. */
  readonly talk: number
  /** What they ask the bot for, as calls of its tools. */
  readonly wishes: readonly { readonly tool: 'schedule' | 'remind'; readonly input: object }[]
}

const zones = ['Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'UTC'] as const

export function peopleOf(count: number, dice: Dice): Person[] {
  return Array.from({ length: count }, (_, index) => {
    const mark = `<${index}>`
    const timeZone = dice.pick(zones)
    const daily = `${dice.below(60)} ${dice.below(24)} * * ${dice.pick(['*', '1-5', '*'])}`
    const often = `${dice.below(60)} */${dice.pick([4, 6, 8])} * * *`
    return {
      id: `o9Person${index}@im.wechat`,
      mark,
      timeZone,
      talk: dice.pick([0.2, 0.7, 1, 2, 4]),
      wishes: [
        { tool: 'schedule', input: { text: `daily ${mark}`, cron: daily, timeZone } },
        ...(dice.chance(0.5)
          ? [{ tool: 'schedule' as const, input: { prompt: `asked ${mark}`, cron: often, timeZone } }]
          : []),
        {
          tool: 'remind',
          input: { text: `reminder ${mark}`, inMinutes: 60 + dice.below(20 * 24 * 60), timeZone },
        },
      ],
    }
  })
}

/** Do they write in this step? They sleep at night. */
export function writes({ talk, timeZone }: Person, atMs: number, stepMs: number, dice: Dice): boolean {
  const hour = Number(
    new Date(atMs).toLocaleTimeString('en', { timeZone, hourCycle: 'h23', hour: '2-digit' }).slice(0, 2),
  )
  const wakingMs = 16 * 60 * 60_000
  return hour >= 7 && hour < 23 && dice.chance((talk * stepMs) / wakingMs)
}
