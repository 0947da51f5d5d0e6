import { describe, expect, it } from 'vitest'
import { Ledger } from './ledger.ts'
import type { Sample } from './probe.ts'
import { problemsOf, type Rest } from './verdict.ts'

const delays = { p50: 0, p99: 0, max: 0 }
const even: Sample = {
  residentMb: 350,
  heapMb: 90,
  fileDescriptors: 100,
  handles: { Timeout: 100, PipeWrap: 60 },
  delayMs: delays,
  delayMsOfAll: delays,
}
const clean = new Ledger().balance({
  uncertain: new Set(),
  unreadable: new Set(),
  failed: new Set(),
  cutOff: new Set(),
  packed: new Set(),
})
const messagesPerRound = 1_000

/** Ten rounds. @param change of the sample in the n-th one, from 0 */
function rests(change: (round: number) => Partial<Sample> = () => ({}), unfinished = 0): Rest[] {
  return Array.from({ length: 10 }, (_, round) => ({
    messages: (round + 1) * messagesPerRound,
    unfinished,
    seconds: 10,
    sample: { ...even, ...change(round) },
  }))
}

describe('the verdict on a soak', () => {
  it('finds nothing in one that holds what it held', () => {
    expect(problemsOf(clean, rests())).toEqual([])
  })

  it('finds each kind of error of the ledger', () => {
    const wrong = { ...clean, lost: ['a1p1a'], twice: ['a2p1a'], disordered: [3], astray: ['a4p1a in x'] }
    expect(problemsOf(wrong, rests())).toEqual([
      '1 did not come: a1p1a',
      '1 came twice: a2p1a',
      '1 were answered in another order: 3',
      '1 came where nothing was asked: a4p1a in x',
    ])
  })

  it('finds messages that were not finished, and a run without a round', () => {
    expect(problemsOf(clean, rests(undefined, 2))).toHaveLength(10)
    expect(problemsOf(clean, [])).toEqual(['there was no round'])
  })

  it('finds files and handles that are left open, and accepts a few', () => {
    const leaking = (perRound: number) =>
      rests((round) => ({
        fileDescriptors: 100 + round * perRound,
        handles: { Timeout: 100 + round * perRound },
      }))
    expect(problemsOf(clean, leaking(5))).toEqual([
      'file descriptors: 120 after the first rounds, 145 after the last',
      'handles: 120 after the first rounds, 145 after the last',
    ])
    expect(problemsOf(clean, leaking(1))).toEqual([])
  })

  it('finds a heap in which each message stays, and accepts caches that fill', () => {
    const growing = (kbPerMessage: number) =>
      rests((round) => ({ heapMb: 90 + (round * messagesPerRound * kbPerMessage) / 1_024 }))
    expect(problemsOf(clean, growing(10))).toEqual([
      expect.stringMatching(/^the heap grew by 48\.8 MB in 5000 messages/),
    ])
    expect(problemsOf(clean, growing(2))).toEqual([])
  })

  it('finds resident memory that keeps growing, and accepts one odd round', () => {
    expect(
      problemsOf(
        clean,
        rests((round) => ({ residentMb: 350 + round * 20 })),
      ),
    ).toEqual([expect.stringMatching(/^resident memory grew by 100\.0 MB/)])
    expect(
      problemsOf(
        clean,
        rests((round) => ({ residentMb: round === 9 ? 600 : 350 })),
      ),
    ).toEqual([])
  })

  it('accepts resident memory that comes back after a rest that found less', () => {
    const [first, second, third] = [346, 215, 300].map((residentMb) => rests(() => ({ residentMb })))
    const three = [first?.[0], second?.[1], third?.[2]].filter((rest) => rest !== undefined)
    expect(problemsOf(clean, three)).toEqual([])
  })

  it('accepts growth that has ended in the first half', () => {
    expect(
      problemsOf(
        clean,
        rests((round) => ({ heapMb: 90 + 30 * Math.min(round, 4) })),
      ),
    ).toEqual([])
  })
})
