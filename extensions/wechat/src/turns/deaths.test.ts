import { afterEach, expect, it } from 'vitest'
import { withAlice } from '../../test/samples.ts'
import type { ClaimedTurn } from '../store/store.ts'
import { crashDeaths, isGivenUp, maxDeaths, runApart } from './deaths.ts'

const marks: string[] = []
afterEach(() => {
  marks.length = 0
})
const store = {
  setUnderWay: async ({ id }: ClaimedTurn, isUnderWay: boolean) =>
    void marks.push(`${id} ${isUnderWay ? 'runs' : 'waits'}`),
}
const turnOf = (id: string, deaths: number): ClaimedTurn => ({
  id,
  deaths,
  accountId: 'a',
  conversation: withAlice,
  attempt: 1,
  messages: [],
  history: [],
  partlyAnswered: false,
  undelivered: [],
})
const { signal } = new AbortController()

it('a second crash gives a turn up, and so do twenty kills', () => {
  const points = [crashDeaths, 2 * crashDeaths, maxDeaths - 1, maxDeaths]
  expect(points.map((deaths) => isGivenUp({ deaths }))).toEqual([false, true, false, true])
})

it('turns that were under way at a crash run one at a time, and others beside them', async () => {
  const held = Promise.withResolvers<string>()
  const first = runApart(turnOf('first', crashDeaths), store, signal, () => held.promise)
  const second = runApart(turnOf('second', crashDeaths + 1), store, signal, async () => 'second')
  expect(await runApart(turnOf('other', crashDeaths - 1), store, signal, async () => 'other')).toBe('other')
  expect(marks).toEqual(['first waits', 'second waits', 'first runs'])
  held.resolve('first')
  expect(await Promise.all([first, second])).toEqual(['first', 'second'])
  expect(marks.at(-1)).toBe('second runs')
})

it('one that waits ends with its signal, and gives its place to the next', async () => {
  const held = Promise.withResolvers<void>()
  const first = runApart(turnOf('first', crashDeaths), store, signal, () => held.promise)
  const over = new AbortController()
  const second = runApart(turnOf('second', crashDeaths), store, over.signal, async () => 'second')
  over.abort(new Error('stopped'))
  await expect(second).rejects.toThrow('stopped')
  held.resolve()
  await first
  expect(await runApart(turnOf('third', crashDeaths), store, signal, async () => 'third')).toBe('third')
})
