import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { fileInside, looksInside } from './path-guard.ts'

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

describe('a path inside the folder', () => {
  it.each(['a.txt', './a.txt', 'sub dir/文件.txt', 'sub dir//文件.txt', '100%.txt', '..notes'])(
    '%s is found',
    async (path) => {
      expect(await fileInside(root, path)).toBe(join(root, path))
    },
  )

  it('may go through links that stay inside, or lead to the folder', async () => {
    expect(await fileInside(root, 'link-in')).toBe(join(root, 'a.txt'))
    expect(await fileInside(join(base, 'work-link'), 'a.txt')).toBe(join(root, 'a.txt'))
  })

  it.each(['nothing', 'sub dir', '.', 'a.txt/', 'a.txt/b'])('%s that is no file is missing', async (path) => {
    await expect(fileInside(root, path)).rejects.toMatchObject({ code: expect.stringMatching(/^path-/) })
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
    await expect(fileInside(root, path)).rejects.toMatchObject({ code: 'path-refused' })
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
        const found = await fileInside(root, path).catch(() => join(root, 'nothing'))
        expect(found.startsWith(root + sep)).toBe(true)
      }),
      { verbose: true },
    )
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
