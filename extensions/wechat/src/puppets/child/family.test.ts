import { describe, expect, it } from 'vitest'
import { familyBytes, familyOf } from './family.ts'

const entry = (pid: number, parent: number, group: number) => ({ pid, parent, group, residentBytes: 1 })
const pids = (leader: number, ...entries: ReturnType<typeof entry>[]) =>
  familyOf(leader, entries)
    .map(({ pid }) => pid)
    .sort()

describe('the family of a process', () => {
  it('is its descendants in any group, and what of its group lost its parent', () => {
    const browser = entry(20, 10, 20)
    const tab = entry(21, 20, 20)
    const orphan = entry(11, 1, 10)
    expect(pids(10, tab, orphan, entry(10, 5, 10), browser)).toEqual([10, 11, 20, 21])
  })

  it('is neither its parent, nor a sibling, nor a stranger', () => {
    expect(pids(10, entry(5, 1, 5), entry(10, 5, 10), entry(12, 5, 12), entry(30, 1, 30))).toEqual([10])
  })

  it('is nobody when it has ended', () => {
    expect(pids(10, entry(5, 1, 5))).toEqual([])
    expect(pids(Number.NaN, entry(5, 1, 5))).toEqual([])
  })
})

it('memory is that of real processes', async () => {
  const ownBytes = await familyBytes(process.pid)
  expect(ownBytes).toBeGreaterThan(process.memoryUsage().rss / 2)
})
