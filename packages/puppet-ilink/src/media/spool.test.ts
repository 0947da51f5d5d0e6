import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spool } from './spool.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-spool-'))
})
afterEach(() => rm(folder, { recursive: true }))
const never = new AbortController().signal

describe('spool', () => {
  it.each([
    ['a buffer', () => Buffer.from('hello')],
    ['a stream', () => Readable.from([Buffer.from('he'), Buffer.from('llo')])],
    ['a stream of text', () => Readable.from(['he', 'llo'])],
    ['an object stream with an encoding', () => new Readable({ read() {} }).setEncoding('utf8')],
  ])('stores %s with mode 0600', async (_, make) => {
    const source = make()
    if (source instanceof Readable && source.readableEncoding) {
      source.push('hello')
      source.push(null)
    }
    const { path, size, md5 } = await spool(source, folder, 5, never)
    expect(await readFile(path, 'utf8')).toBe('hello')
    expect({ size, md5 }).toEqual({ size: 5, md5: '5d41402abc4b2a76b9719d911017c592' })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('deletes the file of a stream over the cap, and closes the stream', async () => {
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(1000))
      },
    })
    await expect(spool(endless, folder, 5000, never)).rejects.toMatchObject({ code: 'media-too-large' })
    expect(endless.destroyed).toBe(true)
    expect(await readdir(folder)).toEqual([])
  })

  it('passes on the error of the stream', async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error('the source broke'))
      },
    })
    await expect(spool(broken, folder, 5000, never)).rejects.toThrow('the source broke')
    expect(await readdir(folder)).toEqual([])
  })

  it('rejects with the reason of the signal while the stream stands still', async () => {
    const stop = new AbortController()
    const silent = new Readable({ read: () => setImmediate(() => stop.abort(new Error('stopped'))) })
    await expect(spool(silent, folder, 5000, stop.signal)).rejects.toThrow('stopped')
    expect(silent.destroyed).toBe(true)
    expect(await readdir(folder)).toEqual([])
  })
})
