import fs from 'node:fs'
import fsPromises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { afterEach, describe, expect, it, vi } from 'vitest'

// One of its own: other tests in this worker may still be watching a child.
vi.resetModules()
const { processTree, watchMemory } = await import('./process-tree.ts')

const entry = (pid: number, parent: number, group: number) => ({ pid, parent, group, residentBytes: 1 })
const pids = (leader: number, ...entries: ReturnType<typeof entry>[]) =>
  processTree(leader, entries)
    .map(({ pid }) => pid)
    .sort()

describe('the tree of a process', () => {
  it('has its descendants in any group, and members of its group that lost their parent', () => {
    const browser = entry(20, 10, 20)
    const tab = entry(21, 20, 20)
    const orphan = entry(11, 1, 10)
    expect(pids(10, tab, orphan, entry(10, 5, 10), browser)).toEqual([10, 11, 20, 21])
  })

  it('has neither its parent, nor a sibling, nor an unrelated process', () => {
    expect(pids(10, entry(5, 1, 5), entry(10, 5, 10), entry(12, 5, 12), entry(30, 1, 30))).toEqual([10])
  })

  it('is empty when the process has ended', () => {
    expect(pids(10, entry(5, 1, 5))).toEqual([])
    expect(pids(Number.NaN, entry(5, 1, 5))).toEqual([])
  })
})

describe('the memory of trees', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    syncBuiltinESMExports()
  })

  /** Resolves with the first measure of this process. */
  function measured(): { readonly bytes: Promise<number>; end(): void } {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const end = watchMemory(process.pid, { onMeasured: resolve, onFailure: reject })
    return { bytes: promise, end }
  }

  it('is that of real processes', async () => {
    const { bytes, end } = measured()
    expect(await bytes).toBeGreaterThan(process.memoryUsage().rss / 2)
    end()
  })

  it('is measured by one listing for all, without a synchronous read', async () => {
    const listings = vi.spyOn(fsPromises, 'readdir')
    const synchronous = [vi.spyOn(fs, 'readFileSync'), vi.spyOn(fs, 'readdirSync')]
    syncBuiltinESMExports()
    const first = measured()
    const second = Promise.withResolvers<number>()
    const endSecond = watchMemory(1, { onMeasured: second.resolve, onFailure: second.reject })
    await Promise.all([first.bytes, second.promise])
    const inProc = (calls: readonly (readonly unknown[])[]) =>
      calls.filter(([path]) => String(path).startsWith('/proc')).length
    expect(inProc(listings.mock.calls)).toBe(1)
    expect(synchronous.map(({ mock }) => inProc(mock.calls))).toEqual([0, 0])
    first.end()
    endSecond()
  })

  it('is not measured while there is no child', async () => {
    const set = vi.spyOn(globalThis, 'setInterval')
    const cleared = vi.spyOn(globalThis, 'clearInterval')
    const { end } = measured()
    end()
    expect(set).toHaveBeenCalledTimes(1)
    expect(cleared).toHaveBeenCalledWith(set.mock.results[0]?.value)
  })
})
