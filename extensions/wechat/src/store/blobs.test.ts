import fs, { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../test/samples.ts'
import { folderBlobs } from './blobs.ts'

const limit = { maxBytes: 100, signal: new AbortController().signal }
const content = (text: string) => Readable.from([Buffer.from(text)])

describe('a folder of blobs', () => {
  it("sweeps what earlier runs left, and neither what rows name nor this run's own", async () => {
    const folder = temporaryFolder()
    const earlier = folderBlobs(folder, 'earlier-run')
    const [leftover, named] = [await earlier.put(content('a'), limit), await earlier.put(content('b'), limit)]
    const blobs = folderBlobs(folder, 'this-run')
    const own = await blobs.put(content('c'), limit)
    expect(await blobs.sweep([named])).toBe(1)
    const paths = await Promise.all([leftover, named, own].map((key) => blobs.path(key)))
    expect(paths.map((path) => existsSync(path))).toEqual([false, true, true])
  })

  it('flushes a copy before the reply that needs it can be stored', async () => {
    const flush = vi.spyOn(fs, 'fsync')
    await folderBlobs(temporaryFolder(), 'this-run').put(content('c'), limit)
    expect(flush).toHaveBeenCalledOnce()
    flush.mockRestore()
  })

  it('finds nothing to sweep where there is no folder', async () => {
    expect(await folderBlobs(join(temporaryFolder(), 'none'), 'this-run').sweep([])).toBe(0)
  })

  it('keeps nothing of what is larger than the limit', async () => {
    const blobs = folderBlobs(temporaryFolder(), 'earlier-run')
    const large = blobs.put(content('x'.repeat(101)), limit)
    await expect(large).rejects.toMatchObject({ code: 'media-too-large' })
    expect(await folderBlobs(await blobs.path('.'), 'this-run').sweep([])).toBe(0)
  })

  it.each(['../outside', '/etc/hostname', 'a/../../outside'])(
    'a key cannot lead out of the folder: %s',
    async (key) => {
      const folder = join(temporaryFolder(), 'blobs')
      const outside = join(folder, '..', 'outside')
      writeFileSync(outside, 'not ours')
      const blobs = folderBlobs(folder, 'this-run')
      await blobs.remove(key)
      expect(existsSync(outside)).toBe(true)
      expect(await blobs.path(key)).toMatch(new RegExp(`^${folder}/[^/]+$`))
    },
  )
})
