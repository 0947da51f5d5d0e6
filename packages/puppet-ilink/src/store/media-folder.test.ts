import { stat, utimes, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { mediaFolderLimits } from '../limits.ts'
import { MediaFolder, surplus } from './media-folder.ts'

const file = (path: string, bytes: number, atMs: number) => ({ path, bytes, atMs })
const namesOf = (files: { path: string }[]) => files.map(({ path }) => path).sort()

it('the oldest files go when there are too many, or too large ones', () => {
  const files = [file('old', 10, 1), file('new', 10, 3), file('middle', 10, 2)]
  expect(namesOf(surplus(files, { maxFiles: 2, maxBytes: 100 }))).toEqual(['old'])
  expect(namesOf(surplus(files, { maxFiles: 9, maxBytes: 25 }))).toEqual(['old'])
  expect(surplus(files, { maxFiles: 3, maxBytes: 30 })).toEqual([])
})

it('the newest file stays, whatever its size', () => {
  expect(surplus([file('huge', 1_000, 1)], { maxFiles: 1, maxBytes: 10 })).toEqual([])
})

it('a temporary folder is private, pruned, and deleted in the end', async () => {
  const folder = new MediaFolder(undefined)
  const path = await folder.path()
  expect((await stat(path)).mode & 0o777).toBe(0o700)
  const files = await Promise.all(
    Array.from({ length: mediaFolderLimits.maxFiles + 1 }, (_, n) => folder.fileFor(`${n}`)),
  )
  for (const [n, name] of files.entries()) {
    await writeFile(name, 'x')
    await utimes(name, n, n)
  }
  await folder.add(async () => 1)
  await expect(stat(files[0] ?? '')).rejects.toThrow(/ENOENT/)
  expect((await stat(files[1] ?? '')).size).toBe(1)
  await folder.dispose()
  await expect(stat(path)).rejects.toThrow(/ENOENT/)
})
