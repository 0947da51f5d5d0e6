import { expect, test } from 'vitest'
import { type Beat, Sightings } from './sightings.ts'

const leaseMs = 6_000

/** Looks each second, of which each takes no time. */
function lookUntil(sightings: Sightings, endMs: number, beats: (ms: number) => Beat[], startMs = 0): Beat[] {
  let silent: Beat[] = []
  for (let ms = startMs; ms <= endMs; ms += 1_000) silent = sightings.look(beats(ms), ms, ms)
  return silent
}

test('a gateway is silent once its count has not changed for the time of a lease', () => {
  const beats = () => [{ id: 'a', beat: 7 }]
  expect(lookUntil(new Sightings(leaseMs), 5_000, beats)).toEqual([])
  expect(lookUntil(new Sightings(leaseMs), 6_000, beats)).toEqual([{ id: 'a', beat: 7 }])
})

test('one that beats is not, however slowly its own clock runs', () => {
  const beats = (ms: number) => [{ id: 'a', beat: Math.floor(ms / 5_000) }]
  expect(lookUntil(new Sightings(leaseMs), 60_000, beats)).toEqual([])
})

test('counts from when the look was sent, not from when its answer came', () => {
  const sightings = new Sightings(leaseMs)
  const beats = [{ id: 'a', beat: 1 }]
  lookUntil(sightings, 4_000, () => beats)
  expect(sightings.look(beats, 5_000, 6_500)).toEqual([])
  expect(sightings.look(beats, 6_600, 6_700)).toEqual(beats)
})

test('begins again after a time in which it could not look: the database may have been gone for all', () => {
  const sightings = new Sightings(leaseMs)
  const beats = () => [{ id: 'a', beat: 1 }]
  lookUntil(sightings, 5_000, beats)
  expect(sightings.look(beats(), 30_000, 30_000)).toEqual([])
  expect(lookUntil(sightings, 35_000, beats, 31_000)).toEqual([])
  expect(lookUntil(sightings, 36_000, beats, 36_000)).toEqual(beats())
})

test('a count that goes back, as on a standby that missed the latest, counts as a beat', () => {
  const sightings = new Sightings(leaseMs)
  lookUntil(sightings, 5_000, () => [{ id: 'a', beat: 8 }])
  expect(sightings.look([{ id: 'a', beat: 7 }], 6_000, 6_000)).toEqual([])
})

test('says when to look next', () => {
  const sightings = new Sightings(leaseMs)
  expect(sightings.nextMs).toBeUndefined()
  sightings.look([{ id: 'a', beat: 1 }], 100, 150)
  sightings.look(
    [
      { id: 'a', beat: 1 },
      { id: 'b', beat: 1 },
    ],
    1_100,
    1_150,
  )
  expect(sightings.nextMs).toBe(6_150)
  sightings.look([{ id: 'b', beat: 1 }], 2_100, 2_150)
  expect(sightings.nextMs).toBe(7_150)
})
