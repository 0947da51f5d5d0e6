import { expect, it } from 'vitest'
import { DiskBudget, type SpareFile } from './disk-budget.ts'

/** Spare files by name, with what is deleted of them. */
function spareFiles(files: Readonly<Record<string, Omit<SpareFile, 'remove'>>>) {
  const left = new Map(Object.entries(files))
  const list = async () =>
    [...left].map(([name, file]) => ({ ...file, remove: async () => void left.delete(name) }))
  return { list, names: () => [...left.keys()] }
}

/** Resolves when the files of `list` are counted. */
async function budgetWith(limit: number, { list }: ReturnType<typeof spareFiles>) {
  const budget = new DiskBudget(() => limit)
  const place = budget.addSpare(list)
  await budget.trim()
  return { budget, place }
}

it('gives a file room while it grows, and takes it back', async () => {
  const budget = new DiskBudget(() => 100)
  const share = budget.share()
  await share.grow(40)
  await share.grow(60)
  expect(budget.held).toBe(60)
  share.settle(50)
  expect(budget.held).toBe(50)
  share.giveBack()
  share.giveBack()
  await share.grow(10)
  expect(budget.held).toBe(0)
})

it('refuses what the files in use leave no room for, and counts that', async () => {
  const budget = new DiskBudget(() => 100)
  const [one, other] = [budget.share(), budget.share()]
  await one.grow(70)
  await expect(other.grow(31)).rejects.toMatchObject({ code: 'media-no-room', retryable: true })
  expect(budget.refused).toBe(1)
  await other.grow(30)
  expect(budget.held).toBe(100)
})

it('deletes the oldest spare files of all places for a file that needs their room', async () => {
  const received = spareFiles({ a: { bytes: 30, atMs: 1 }, c: { bytes: 30, atMs: 3 } })
  const shown = spareFiles({ b: { bytes: 30, atMs: 2 } })
  const { budget } = await budgetWith(100, received)
  budget.addSpare(shown.list)
  await budget.share().grow(50)
  expect([...received.names(), ...shown.names()]).toEqual(['c'])
  expect(budget).toMatchObject({ held: 50, spare: 30, removed: 2 })
})

it('deletes nothing for a file that does not fit without it either', async () => {
  const spare = spareFiles({ a: { bytes: 30, atMs: 1 } })
  const { budget } = await budgetWith(100, spare)
  await expect(budget.share().grow(101)).rejects.toMatchObject({ code: 'media-no-room' })
  expect(spare.names()).toEqual(['a'])
})

it('leaves a spare file that is being read', async () => {
  const spare = spareFiles({ a: { bytes: 60, atMs: 1, inUse: true }, b: { bytes: 20, atMs: 2 } })
  const { budget } = await budgetWith(100, spare)
  await budget.share().grow(35)
  expect(spare.names()).toEqual(['a'])
  await expect(budget.share().grow(10)).rejects.toMatchObject({ code: 'media-no-room' })
})

it('counts again what was deleted by others before it deletes anything', async () => {
  const files = { a: { bytes: 60, atMs: 1 }, b: { bytes: 10, atMs: 2 } }
  const spare = spareFiles(files)
  const { budget, place } = await budgetWith(100, spare)
  place.counted(100) // Its owner has deleted some meanwhile.
  await budget.share().grow(30)
  expect(spare.names()).toEqual(['a', 'b'])
  expect(budget.spare).toBe(70)
})

it('trims what is above a limit that was lowered, and what is added above it', async () => {
  let limit = 100
  const spare = spareFiles({ a: { bytes: 40, atMs: 1 }, b: { bytes: 40, atMs: 2 } })
  const budget = new DiskBudget(() => limit)
  budget.addSpare(spare.list)
  await budget.trim()
  limit = 50
  await budget.trim()
  expect(spare.names()).toEqual(['b'])
  budget.share().settle(45) // A file of an earlier run: it counts, whether there is room or not.
  await budget.trim()
  expect(spare.names()).toEqual([])
})

it('survives a place that cannot be listed, and a file that cannot be deleted', async () => {
  const budget = new DiskBudget(() => 100)
  budget.addSpare(() => Promise.reject(new Error('gone')))
  const stuck = { bytes: 50, atMs: 1, remove: () => Promise.reject(new Error('read-only')) }
  budget.addSpare(async () => [stuck])
  await budget.trim()
  await budget.share().grow(50)
  await expect(budget.share().grow(10)).rejects.toMatchObject({ code: 'media-no-room' })
  expect(budget).toMatchObject({ held: 50, spare: 50, removed: 0 })
})

it('never gives out more than its limit, and stores as many files as fit that are written at the same time', async () => {
  const spare = spareFiles({ a: { bytes: 500, atMs: 1 }, b: { bytes: 400, atMs: 2 } })
  const { budget } = await budgetWith(1_000, spare)
  const store = async () => {
    const share = budget.share()
    for (let bytes = 10; bytes <= 80; bytes += 10) {
      await share.grow(bytes).catch((error) => {
        share.giveBack()
        throw error
      })
      expect(budget.held + budget.spare).toBeLessThanOrEqual(1_000)
    }
  }
  const results = await Promise.allSettled(Array.from({ length: 20 }, store))
  expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(8)
  expect(budget.held).toBeLessThanOrEqual(1_000)
})
