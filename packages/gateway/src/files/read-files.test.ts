import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TurnMedia } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import type { FileContent } from './file-content.ts'
import { maxImageBytes } from './picture.ts'
import {
  FileReader,
  maxImages,
  maxTextBytes,
  maxTexts,
  maxVoiceBytes,
  maxVoices,
  type ReadOptions,
} from './read-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'moltbot-files-'))
let files = 0

function media(kind: TurnMedia['kind'], content: string | Uint8Array, mimeType = ''): TurnMedia {
  const path = join(folder, `file-${files++}`)
  writeFileSync(path, content)
  return { kind, path, name: 'x', mimeType, sizeBytes: content.length }
}
const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex')
const fail: ReadOptions['onUnreadable'] = (_, error) => {
  throw error
}
async function read(media: TurnMedia[], takes = true, onUnreadable = fail) {
  const reader = new FileReader({
    takesImages: takes,
    takesVoices: takes,
    signal: new AbortController().signal,
    onUnreadable,
  })
  const contents: FileContent[] = []
  for (const file of media) contents.push(await reader.read(file))
  return contents
}

it('files are shown as far as there is memory for them, and the rest is named', async () => {
  const reader = new FileReader({
    takesImages: true,
    takesVoices: true,
    maxBytes: 2 * png.length + 1,
    signal: new AbortController().signal,
    onUnreadable: fail,
  })
  const kinds: string[] = []
  for (let n = 0; n < 3; n++) kinds.push((await reader.read(media('image', png))).kind)
  expect(kinds).toEqual(['image', 'image', 'named'])
  expect(await reader.read(media('file', 'a'))).toMatchObject({ kind: 'text' })
  expect(await reader.read(media('file', 'b'))).toMatchObject({ why: expect.stringContaining('memory') })
})

describe('images', () => {
  it.each([
    ['image/png', png],
    ['image/jpeg', Buffer.from('ffd8ffe0aabb', 'hex')],
    ['image/gif', Buffer.from('GIF89a..')],
    ['image/webp', Buffer.from('RIFF\x01\x02\x03\x04WEBPVP8 ')],
  ])('are shown as %s by what is in them', async (mediaType, bytes) => {
    expect(await read([media('image', bytes, 'image/wrong')])).toEqual([
      { kind: 'image', bytes: new Uint8Array(bytes), mediaType },
    ])
  })

  it.each([
    ['of another format', Buffer.from('<svg onload="x">')],
    ['that are empty', Buffer.alloc(0)],
    ['past the limit', Buffer.concat([png, Buffer.alloc(maxImageBytes)])],
  ])('%s are named only', async (_, bytes) => {
    expect(await read([media('image', bytes)])).toMatchObject([{ kind: 'named' }])
  })

  it('are named only for a model that takes none, and after so many', async () => {
    expect(await read([media('image', png)], false)).toMatchObject([{ kind: 'named' }])
    const many = await read(Array.from({ length: maxImages + 1 }, () => media('image', png)))
    expect(many.map(({ kind }) => kind)).toEqual([...Array(maxImages).fill('image'), 'named'])
  })
})

describe('texts', () => {
  it('are read up to a cap, without tearing a character', async () => {
    const long = `${'x'.repeat(maxTextBytes - 1)}中`
    expect(await read([media('file', 'a\tb\r\n中文'), media('file', long)])).toEqual([
      { kind: 'text', text: 'a\tb\r\n中文', cut: false },
      { kind: 'text', text: 'x'.repeat(maxTextBytes - 1), cut: true },
    ])
  })

  it('may be written as Chinese Windows does, whatever type they are said to have', async () => {
    const gbk = Uint8Array.of(0xd6, 0xd0, 0xce, 0xc4)
    expect(await read([media('file', gbk, 'text/plain'), media('file', gbk)])).toMatchObject([
      { kind: 'text', text: '中文' },
      { kind: 'text', text: '中文' },
    ])
  })

  it('hold no bytes of binary files, whatever these are called', async () => {
    for (const bytes of [Buffer.from('PK\x03\x04zip'), Buffer.from('a\0b'), png]) {
      expect(await read([media('file', bytes, 'text/plain')])).toMatchObject([{ kind: 'named' }])
    }
  })

  it('are named only after so many', async () => {
    const kinds = (await read(Array.from({ length: maxTexts + 1 }, () => media('file', 'x')))).map(
      ({ kind }) => kind,
    )
    expect(kinds).toEqual([...Array(maxTexts).fill('text'), 'named'])
  })
})

describe('voices', () => {
  const wav = Buffer.from('RIFF\x01\x02\x03\x04WAVEfmt ')

  it.each([
    ['audio/wav', wav],
    ['audio/mpeg', Buffer.from('ID3\x04')],
    ['audio/mpeg', Buffer.from('fffb9064', 'hex')],
  ])('are played as %s by what is in them', async (mediaType, bytes) => {
    expect(await read([media('voice', bytes, 'audio/wrong')])).toEqual([
      { kind: 'voice', bytes: new Uint8Array(bytes), mediaType },
    ])
  })

  it.each([
    ['of another format', Buffer.from('\x02#!SILK_V3')],
    ['past the limit', Buffer.concat([wav, Buffer.alloc(maxVoiceBytes)])],
  ])('%s are named only', async (_, bytes) => {
    expect(await read([media('voice', bytes)])).toMatchObject([{ kind: 'named' }])
  })

  it('are named only for a model that takes none, and after so many', async () => {
    expect(await read([media('voice', wav)], false)).toEqual([
      { kind: 'named', why: 'voices cannot be played' },
    ])
    const many = await read(Array.from({ length: maxVoices + 1 }, () => media('voice', wav)))
    expect(many.map(({ kind }) => kind)).toEqual([...Array(maxVoices).fill('voice'), 'named'])
  })
})

describe('other files', () => {
  it('such as a video are named', async () => {
    expect(await read([media('video', 'x')])).toEqual([{ kind: 'named', why: 'a video cannot be shown' }])
  })

  it('that are links, or not there, are named, and reported', async () => {
    const target = media('file', 'secret')
    const path = join(folder, 'link')
    symlinkSync(target.path, path)
    const heard: string[] = []
    const files = [
      { ...target, path },
      { ...target, path: join(folder, 'nowhere') },
    ]
    const contents = await read(files, true, (_, error) => heard.push(String(error)))
    expect(contents).toEqual(Array(2).fill({ kind: 'named', why: 'it could not be read' }))
    expect(heard).toEqual([expect.stringContaining('ELOOP'), expect.stringContaining('ENOENT')])
  })
})
