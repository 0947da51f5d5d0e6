import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { codeOf } from '@moltbot/channel-sdk'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { looksInside, openInside } from './path-guard.ts'

/** Turns the folder `place`, which has a harmless file, into a link to `base` and back, as fast as it can. */
const swapper = `
const { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } = require('node:fs')
const { parentPort, workerData: { place, base } } = require('node:worker_threads')
mkdirSync(place)
writeFileSync(place + '/secret', 'harmless')
parentPort.postMessage('ready')
for (;;) {
  renameSync(place, place + '-real')
  symlinkSync(base, place)
  unlinkSync(place)
  renameSync(place + '-real', place)
}`

let base: string
let root: string

/** A folder with a neighbour whose name begins like it, a secret above, and links in all directions. */
beforeAll(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'moltbot-paths-')))
  root = join(base, 'work')
  mkdirSync(join(root, 'sub dir'), { recursive: true })
  mkdirSync(join(base, 'work-evil'))
  writeFileSync(join(base, 'secret'), 'secret')
  writeFileSync(join(base, 'work-evil', 'secret'), 'secret')
  writeFileSync(join(root, 'a.txt'), 'a')
  writeFileSync(join(root, '100%.txt'), 'a')
  writeFileSync(join(root, '..notes'), 'a')
  writeFileSync(join(root, 'sub dir', '文件.txt'), 'b')
  symlinkSync('a.txt', join(root, 'link-in'))
  symlinkSync('../secret', join(root, 'link-out'))
  symlinkSync(base, join(root, 'dir-out'))
  symlinkSync('../work-evil', join(root, 'evil'))
  symlinkSync('self', join(root, 'self'))
  symlinkSync(root, join(base, 'work-link'))
})

/** What the file has that is opened. */
async function read(root: string, path: string): Promise<string> {
  const file = await openInside(root, path)
  return file.readFile('utf8').finally(() => file.close())
}

describe('a path inside the folder', () => {
  it.each([
    ['a.txt', 'a'],
    ['./a.txt', 'a'],
    ['sub dir/文件.txt', 'b'],
    ['sub dir//文件.txt', 'b'],
    ['100%.txt', 'a'],
    ['..notes', 'a'],
  ])('%s is opened', async (path, content) => {
    expect(await read(root, path)).toBe(content)
  })

  it('may go through links that stay inside, or lead to the folder', async () => {
    expect(await read(root, 'link-in')).toBe('a')
    expect(await read(join(base, 'work-link'), 'a.txt')).toBe('a')
  })

  it.each(['nothing', 'sub dir', '.', 'a.txt/', 'a.txt/b'])('%s that is no file is missing', async (path) => {
    await expect(read(root, path)).rejects.toMatchObject({ code: expect.stringMatching(/^path-/) })
  })
})

const hostile = [
  '../secret',
  'sub dir/../../secret',
  '..',
  '/etc/passwd',
  '//etc/passwd',
  '..\\secret',
  'sub dir\\..\\..\\secret',
  'C:\\Windows\\win.ini',
  'c:win.ini',
  '\\\\server\\share',
  '%2e%2e/secret',
  '%2e%2e%2fsecret',
  '..%2fsecret',
  '..%5csecret',
  '%252e%252e%252fsecret',
  '%25252e%25252e/secret',
  '%2525252525252e/secret',
  '%2fetc%2fpasswd',
  'a.txt%00.png',
  'a.txt\0.png',
  'a\nb',
  '',
  'x'.repeat(2_000),
  'link-out',
  'dir-out/secret',
  'dir-out/work/a.txt/../../secret',
  'evil/secret',
  'self',
]

describe('a hostile path', () => {
  it.each(hostile)('%j is refused', async (path) => {
    await expect(read(root, path)).rejects.toMatchObject({ code: 'path-refused' })
  })

  it('never ends outside, however it is put together', async () => {
    const part = fc.constantFrom(
      '..',
      '.',
      'a.txt',
      'sub dir',
      'evil',
      'dir-out',
      'link-out',
      'secret',
      'work',
      '%2e%2e',
      '',
    )
    const glue = fc.constantFrom('/', '\\', '%2f', '%5c', '//')
    const path = fc.array(fc.tuple(part, glue), { maxLength: 6 }).map((parts) => parts.flat().join(''))
    await fc.assert(
      fc.asyncProperty(path, async (path) => {
        expect(await read(root, path).catch(() => 'nothing')).not.toBe('secret')
      }),
      { verbose: true },
    )
  })

  it('never opens a file outside while its folder is exchanged for a link', async () => {
    const place = join(root, 'swapped')
    const swap = new Worker(swapper, { eval: true, workerData: { place, base } })
    await once(swap, 'message')
    const found = new Set<string>()
    for (let n = 0; n < 2_000 || found.size < 2; n++) {
      found.add(await read(root, 'swapped/secret').catch(codeOf))
    }
    await swap.terminate()
    expect([...found]).toContain('harmless')
    expect([...found]).not.toContain('secret')
  })

  it('is recognised by its form alone, whatever the file system has', () => {
    expect(hostile.filter((path) => looksInside(path))).toEqual([
      'link-out',
      'dir-out/secret',
      'evil/secret',
      'self',
    ])
  })
})
