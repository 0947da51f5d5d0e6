import { readFileSync } from 'node:fs'
import { DiskBudget } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { toolContext } from '../../test/tool-context.ts'

const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex')
const file = (name: string, bytes: Uint8Array = png, mimeType = 'image/png') => ({ name, bytes, mimeType })

describe('a file that a tool returns', () => {
  it.each([
    ['chart.png', 'chart.png'],
    ['../../etc/passwd', 'etc_passwd'],
    ['.env', 'env'],
    ['图 表.png', '图_表.png'],
    ['', 'file'],
    [`${'x'.repeat(500)}.png`, `${'x'.repeat(60)}.png`],
  ])('named %j is called %j', async (name, called) => {
    const { made } = toolContext()
    expect(await made.add(file(name))).toContain(`the path "${called}"`)
    expect(readFileSync(made.path(called) ?? '')).toEqual(png)
  })

  it('gets a number where its name is taken, also at the same time', async () => {
    const { made } = toolContext()
    const texts = await Promise.all(['a.png', 'a.png', 'a.png'].map((name) => made.add(file(name))))
    expect(texts.map((text) => /path "(.*)"/.exec(text)?.[1])).toEqual(['a.png', 'a-2.png', 'a-3.png'])
  })

  it.each([
    ['sound', file('say.wav', Buffer.from('RIFF1234WAVE'), 'audio/wav')],
    ['something that is no picture', file('x.png', Buffer.from('<svg>'))],
    ['a picture past the limit', file('x.png', Buffer.concat([png, Buffer.alloc(4_000_000)]))],
  ])('is not shown if it is %s', async (_what, one) => {
    const { made } = toolContext()
    expect(await made.add(one)).toContain('you cannot see it')
    expect(made.takeUnseen()).toEqual([])
  })

  it('is not shown where running turns hold all memory for files, and can be sent all the same', async () => {
    const { made } = toolContext([], { memoryBytes: png.length })
    expect(await made.add(file('a.png'))).toContain('you see it')
    expect(await made.add(file('b.png'))).toContain('you cannot see it now, there is no memory for it')
    expect(made.takeUnseen()).toHaveLength(1)
    expect(readFileSync(made.path('b.png') ?? '')).toEqual(png)
  })

  it('is refused where the disk has no room for it', async () => {
    const disk = new DiskBudget(() => 20)
    const { made } = toolContext([], { disk })
    await made.add(file('a.png'))
    expect(await made.add(file('b.png'))).toContain('it could not be stored')
    expect(made.path('b.png')).toBeUndefined()
    expect(disk).toMatchObject({ held: png.length, refused: 1 })
  })

  it('is left out beyond the number and the bytes of a turn', async () => {
    const many = toolContext().made
    for (let n = 0; n < 20; n++) await many.add(file('a.png'))
    expect(await many.add(file('a.png'))).toContain('left out')
    const large = toolContext().made
    for (let n = 0; n < 4; n++) await large.add(file('x', new Uint8Array(8 * 1024 * 1024)))
    expect(await large.add(file('x'))).toContain('left out')
    expect(large.path('x-5')).toBeUndefined()
  })
})
