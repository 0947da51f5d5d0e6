import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { DiskBudget } from '@moltbot/channel-sdk'
import { beforeEach, describe, expect, it } from 'vitest'
import { testHost } from '../../test/host.ts'
import { temporaryFolder } from '../../test/samples.ts'
import { openShownFiles, type ShownFiles } from './shown-files.ts'

const day = 24 * 60 * 60_000
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const owner = (messageId: string, accountId = 'a') =>
  ({ accountId, conversation: { kind: 'direct', id: 'u' }, messageId }) as const

let folder: string
let isKept: boolean
let shown: ShownFiles

const open = (disk = new DiskBudget()) =>
  openShownFiles({ folder, disk, log: testHost().log, isKept: () => isKept })

beforeEach(() => {
  folder = join(temporaryFolder(), 'shown')
  isKept = true
  shown = open()
})

function file(content: string | Buffer = 'hello'): string {
  const path = join(temporaryFolder(), 'file')
  writeFileSync(path, content)
  return path
}
const names = () => readdirSync(folder).filter((name) => !name.endsWith('.json'))
const age = (days: number) => {
  const then = (Date.now() - days * day) / 1_000
  for (const name of names()) utimesSync(join(folder, name), then, then)
}

describe('a file', () => {
  it('is found by its message, with its type by content', async () => {
    await shown.keep(owner('m1'), file(png), 'letter.html')
    expect(await shown.find(owner('m1'))).toEqual({
      name: 'letter.html',
      kind: 'image',
      mimeType: 'image/png',
      sizeBytes: png.length,
    })
    for (const other of [owner('m2'), owner('m1', 'b'), { accountId: 'a', partId: 'm1' }])
      expect(await shown.find(other)).toBeUndefined()
    const opened = await shown.open(owner('m1'))
    expect(opened && (await text(opened.content))).toBe(png.toString())
  })

  it.each(['../../../etc/passwd', '/etc/passwd', 'a\0b', 'x'.repeat(10_000), '', '\ud800'])(
    'of a message with the id %j stays in its folder',
    async (id) => {
      await shown.keep(owner(id), file(), id)
      await shown.keep({ accountId: id, partId: id }, file(), id)
      expect(names()).toHaveLength(2)
      expect(await shown.find(owner(id))).toMatchObject({ sizeBytes: 5 })
    },
  )

  it('can be read by its owner only', async () => {
    await shown.keep(owner('m1'), file(), 'a')
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('that is empty can be opened', async () => {
    await shown.keep(owner('m1'), file(''), 'a')
    const opened = await shown.open(owner('m1'))
    expect(opened && (await text(opened.content))).toBe('')
  })

  it('that is not there any more is none', async () => {
    await shown.keep(owner('m1'), '/nowhere', 'a')
    expect(await shown.find(owner('m1'))).toBeUndefined()
    expect(readdirSync(folder)).toEqual([])
    await shown.keep(owner('m2'), file(), 'a')
    await shown.forget(owner('m2'))
    expect(await shown.open(owner('m2'))).toBeUndefined()
    expect(readdirSync(folder).filter((name) => !name.includes('json'))).toEqual([])
  })
})

describe('files are deleted', () => {
  it('when they are older than their account keeps texts', async () => {
    await shown.keep(owner('m1'), file(), 'a')
    await shown.keep(owner('m1', 'b'), file(), 'b')
    await shown.keep(owner('m1', 'gone'), file(), 'c')
    age(5)
    await shown.prune(
      Date.now(),
      new Map([
        ['a', 3 * day],
        ['b', 7 * day],
      ]),
      4 * day,
    )
    expect(await shown.find(owner('m1'))).toBeUndefined()
    expect(await shown.find(owner('m1', 'b'))).toBeDefined()
    expect(await shown.find(owner('m1', 'gone'))).toBeUndefined()
    expect(readdirSync(folder)).toHaveLength(2)
  })

  it('when texts are not shown any more, and none are kept then', async () => {
    await shown.keep(owner('m1'), file(), 'a')
    isKept = false
    await shown.keep(owner('m2'), file(), 'a')
    expect(names()).toHaveLength(1)
    await shown.prune(Date.now(), new Map([['a', day]]), day)
    expect(readdirSync(folder)).toEqual([])
  })

  it('oldest first, when files in use need their room', async () => {
    const disk = new DiskBudget(() => 1_000)
    shown.close()
    shown = open(disk)
    await shown.keep(owner('m1'), file('x'.repeat(400)), 'a')
    age(1)
    await shown.keep(owner('m2'), file('x'.repeat(400)), 'a')
    expect(disk.spare).toBe(800)
    await disk.share().grow(500)
    expect(await shown.find(owner('m1'))).toBeUndefined()
    expect(await shown.find(owner('m2'))).toBeDefined()
    expect(disk).toMatchObject({ held: 500, spare: 400 })
  })
})
