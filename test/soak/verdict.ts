/**
 * What is wrong with a soak that has ended. Pure.
 */

import type { Balance } from './ledger.ts'
import type { Sample } from './probe.ts'
import { growth } from './trend.ts'

/** The gateway between two rounds, when everything is finished. */
export interface Rest {
  /** Messages so far. */
  readonly messages: number
  /** Messages and parts that were not finished in time. */
  readonly unfinished: number
  /** Until everything was finished. */
  readonly seconds: number
  readonly sample: Sample
}

/**
 * What the heap may still grow by for each message: 1.3 KiB were seen over 5,000 messages, while the caches of mocks and
 * Wechaty fill. A turn that stays in memory with its prompt takes more.
 */
const heapKbPerMessage = 3
/** What is compiled and loaded late. */
const heapMb = 8
/** V8 and malloc keep freed pages as long as the machine has memory; so much was seen to come and go between two rests. */
const residentMb = 64
const residentShare = 0.15
/** Idle connections that end a moment later. */
const fewFiles = 8
const fewHandles = 20
const kbPerMb = 1_024

/** One sentence each. */
export function problemsOf(balance: Balance, rests: readonly Rest[]): string[] {
  return [...ledgerProblems(balance), ...unfinishedProblems(rests), ...leaks(rests), ...growths(rests)]
}

function ledgerProblems(balance: Balance): string[] {
  const wrong = {
    lost: 'did not come',
    twice: 'came twice',
    disordered: 'were answered in another order',
    astray: 'came where nothing was asked',
  } as const
  return (['lost', 'twice', 'disordered', 'astray'] as const).flatMap((kind) =>
    balance[kind].length === 0 ? [] : [`${balance[kind].length} ${wrong[kind]}: ${balance[kind].join(', ')}`],
  )
}

function unfinishedProblems(rests: readonly Rest[]): string[] {
  return rests.flatMap(({ unfinished }, round) =>
    unfinished === 0 ? [] : [`round ${round + 1}: ${unfinished} messages and parts were not finished`],
  )
}

/** The last rest holds more than every rest of the first half. */
function leaks(rests: readonly Rest[]): string[] {
  const last = rests.at(-1)
  if (last === undefined) return ['there was no round']
  const compare = (what: string, count: (sample: Sample) => number, few: number) => {
    const before = Math.max(...early(rests).map(({ sample }) => count(sample)))
    const after = count(last.sample)
    return after > before + few ? [`${what}: ${before} after the first rounds, ${after} after the last`] : []
  }
  return [
    ...compare('file descriptors', ({ fileDescriptors }) => fileDescriptors, fewFiles),
    ...compare('handles', handleCount, fewHandles),
  ]
}

function early(rests: readonly Rest[]): readonly Rest[] {
  return rests.slice(0, Math.ceil(rests.length / 2))
}

function growths(rests: readonly Rest[]): string[] {
  const late = rests.slice(Math.floor((rests.length - 1) / 2))
  const messages = (late.at(-1)?.messages ?? 0) - (late[0]?.messages ?? 0)
  const rise = (value: (sample: Sample) => number) =>
    growth(late.map((rest) => ({ messages: rest.messages, value: value(rest.sample) }))) * messages
  const check = (what: string, mb: number, mayMb: number) =>
    mb <= mayMb
      ? []
      : [`${what} grew by ${mb.toFixed(1)} MB in ${messages} messages, ${mayMb.toFixed(1)} may be`]
  // A rest may find less than the one before, when V8 has just given pages back: what is compared is the most.
  const resident = Math.max(...early(rests).map(({ sample }) => sample.residentMb))
  const above = (late.at(-1)?.sample.residentMb ?? 0) - resident
  return [
    ...check(
      'the heap',
      rise((sample) => sample.heapMb),
      heapMb + (heapKbPerMessage * messages) / kbPerMb,
    ),
    ...check(
      'resident memory',
      Math.min(
        above,
        rise((sample) => sample.residentMb),
      ),
      Math.max(residentMb, resident * residentShare),
    ),
  ]
}

export function handleCount({ handles }: Sample): number {
  return Object.values(handles).reduce((sum, count) => sum + count, 0)
}
