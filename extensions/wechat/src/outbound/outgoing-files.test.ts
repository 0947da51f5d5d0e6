import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/samples.ts'
import { folderBlobs } from '../store/blobs.ts'
import { OutgoingFiles } from './outgoing-files.ts'

const signal = new AbortController().signal
const base = temporaryFolder()
writeFileSync(join(base, 'real'), 'content')
symlinkSync(join(base, 'real'), join(base, 'link'))

const filesIn = (folder: string) =>
  new OutgoingFiles({ blobs: folderBlobs(folder, 'this-run'), maxBytes: () => 10, addresses: {} })
const keep = (files: OutgoingFiles, path: string) => files.keep({ source: { path } }, signal)

describe('the copy of a file', () => {
  it('is private and complete, with a name that is not a path', async () => {
    const folder = join(temporaryFolder(), 'outgoing')
    const { blob, name } = await filesIn(folder).keep(
      { source: { path: join(base, 'real') }, name: '../../.ssh/\u202econfig\u0000.txt' },
      signal,
    )
    expect(name).toBe('config.txt')
    const path = join(folder, blob)
    expect(readFileSync(path, 'utf8')).toBe('content')
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it.each<readonly [string, () => string]>([
    ['a folder', () => base],
    ['a device', () => '/dev/zero'],
    ['a link', () => join(base, 'link')],
    ['missing', () => join(base, 'nothing')],
  ])('is rejected if the source is %s', async (_what, make) => {
    const folder = temporaryFolder()
    await expect(keep(filesIn(folder), make())).rejects.toMatchObject({ code: 'media-unreadable' })
    expect(readdirSync(folder)).toEqual([])
  })

  it.skipIf(process.platform === 'win32')('is rejected without waiting if the source is a pipe', async () => {
    execFileSync('mkfifo', [join(base, 'pipe')])
    const kept = keep(filesIn(temporaryFolder()), join(base, 'pipe'))
    await expect(kept).rejects.toMatchObject({ code: 'media-unreadable' })
  })

  it('is rejected and removed if the source exceeds the limit', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(base, 'large'), '12345678901')
    await expect(keep(filesIn(folder), join(base, 'large'))).rejects.toMatchObject({
      code: 'media-too-large',
    })
    expect(readdirSync(folder)).toEqual([])
  })
})

it('stores a text of any length', async () => {
  const folder = temporaryFolder()
  const { blob } = await filesIn(folder).keepText('reply.md', 'longer than ten bytes')
  expect(readFileSync(join(folder, blob), 'utf8')).toBe('longer than ten bytes')
})
