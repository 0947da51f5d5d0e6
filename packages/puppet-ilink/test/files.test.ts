import { createHash, randomBytes } from 'node:crypto'
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { FileBox } from 'file-box'
import { encode } from 'silk-wasm'
import { describe, expect, it } from 'vitest'
import * as PUPPET from 'wechaty-puppet'
import { failureOf, inConversation, setStage, until } from './stage.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex')

describe('a received file', () => {
  it.each([
    ['image', png, PUPPET.types.Message.Image, /\.png$/],
    ['file', randomBytes(100_000), PUPPET.types.Message.Attachment, /^report\.pdf$/],
    ['video', randomBytes(50_000), PUPPET.types.Message.Video, /\.mp4$/],
  ] as const)('of kind %s comes out as it went in', async (kind, bytes, type, name) => {
    const stage = await setStage()
    const { puppet, actor, botId } = await inConversation(stage)
    const base64 = bytes.toString('base64')
    const item = await stage.control.media({
      kind,
      base64,
      ...(kind === 'file' ? { name: 'report.pdf' } : {}),
    })
    await stage.control.inbound({ botId, item })
    await until(() => actor.of('message').length === 2)
    const messageId = String(actor.of('message')[1]?.messageId)
    expect((await puppet.messagePayload(messageId)).type).toBe(type)
    const box = await puppet.messageFile(messageId)
    expect(box.name).toMatch(name)
    expect(await box.toBuffer()).toEqual(bytes)
    expect(await (await puppet.messageFile(messageId)).toBuffer()).toEqual(bytes)
    const downloads = (await stage.control.requests()).filter(({ endpoint }) => endpoint === 'download')
    expect(downloads.length).toBe(1)
  })

  it('of kind voice has its transcript, and is WAV', async () => {
    const stage = await setStage()
    const { puppet, actor, botId } = await inConversation(stage)
    const { data } = await encode(Buffer.alloc(24_000 * 2), 24_000)
    const base64 = Buffer.from(data).toString('base64')
    const item = await stage.control.media({ kind: 'voice', base64, text: '你好' })
    await stage.control.inbound({ botId, item })
    await until(() => actor.of('message').length === 2)
    const messageId = String(actor.of('message')[1]?.messageId)
    expect(await puppet.messagePayload(messageId)).toMatchObject({
      type: PUPPET.types.Message.Audio,
      text: '你好',
    })
    const box = await puppet.messageFile(messageId)
    expect(box.name).toMatch(/\.wav$/)
    expect((await box.toBuffer()).subarray(0, 4).toString()).toBe('RIFF')
  })

  it('of kind voice is the raw file when it cannot be decoded', async () => {
    const stage = await setStage()
    const { puppet, actor, botId } = await inConversation(stage)
    const bytes = randomBytes(1_000)
    const item = await stage.control.media({ kind: 'voice', base64: bytes.toString('base64') })
    await stage.control.inbound({ botId, item })
    await until(() => actor.of('message').length === 2)
    const box = await puppet.messageFile(String(actor.of('message')[1]?.messageId))
    expect(box.name).toMatch(/\.silk$/)
    expect(await box.toBuffer()).toEqual(bytes)
  })

  it('is available for a quoted message, too', async () => {
    const stage = await setStage()
    const { puppet, actor, botId } = await inConversation(stage)
    const item = await stage.control.media({ kind: 'image', base64: png.toString('base64') })
    await stage.control.inbound({ botId, text: 'what is this?', quote: { item } })
    await until(() => actor.of('message').length === 2)
    const quote = await puppet.messageQuote(String(actor.of('message')[1]?.messageId))
    expect(quote?.text).toBe('[image]')
    expect(await (await puppet.messageFile(quote?.fileId ?? '')).toBuffer()).toEqual(png)
  })

  it('with a wrong key is refused with a code', async () => {
    const stage = await setStage()
    const { puppet, actor, botId } = await inConversation(stage)
    const item = await stage.control.media({ kind: 'file', size: 10_000, wrongKey: true })
    await stage.control.inbound({ botId, item })
    await until(() => actor.of('message').length === 2)
    const failure = await failureOf(puppet.messageFile(String(actor.of('message')[1]?.messageId)))
    expect(failure).toMatchObject({ code: 'media-undecryptable' })
  })
})

describe('a sent file', () => {
  const text = Buffer.from('some words')

  it.each([
    ['a buffer', 'image', png, () => FileBox.fromBuffer(png, 'dot.png')],
    ['base64', 'file', text, () => FileBox.fromBase64(text.toString('base64'), '报告.txt')],
    ['a stream', 'file', text, () => FileBox.fromStream(Readable.from([text]), '报告.txt')],
  ] as const)('from %s is shown on the phone', async (_, kind, bytes, box) => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    const { messageId } = await puppet.sendFile(userId, box(), { clientId: 'file-1' })
    const [sent] = await stage.control.sent()
    expect(sent).toMatchObject({ messageId, clientId: 'file-1', flags: [] })
    expect(sent?.media).toMatchObject({ kind, size: bytes.length, md5: md5(bytes) })
    if (kind === 'file') expect(sent?.media?.name).toBe('报告.txt')
    expect(await (await puppet.messageFile(messageId)).toBuffer()).toEqual(bytes)
  })

  it('from a path is read in place', async () => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    const path = join(await stage.folder(), 'notes.md')
    await writeFile(path, text)
    await puppet.messageSendFile(userId, FileBox.fromFile(path))
    expect((await stage.control.sent())[0]?.media).toMatchObject({ name: 'notes.md', md5: md5(text) })
    expect(await readFile(path)).toEqual(text)
  })

  it('is not uploaded for a closed window', async () => {
    const stage = await setStage()
    const { puppet } = await inConversation(stage)
    const work = puppet.messageSendFile('o9Stranger@im.wechat', FileBox.fromBuffer(text, 'x.txt'))
    expect(await failureOf(work)).toMatchObject({ code: 'window-closed' })
    expect((await stage.control.requests()).some(({ endpoint }) => endpoint === 'getuploadurl')).toBe(false)
  })

  it('over the size limit is refused with a code', async () => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    const path = join(await stage.folder(), 'huge.bin')
    await writeFile(path, '')
    await truncate(path, puppet.capabilities.maxMediaBytes + 1)
    const failure = await failureOf(puppet.messageSendFile(userId, FileBox.fromFile(path)))
    expect(failure).toMatchObject({ code: 'media-too-large', retryable: false, certain: true })
  })

  it('whose upload is refused waits for time, not for the person, and texts are accepted', async () => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    await stage.control.fault({ endpoint: 'getuploadurl', kind: 'ret', value: -2 })
    const work = puppet.messageSendFile(userId, FileBox.fromBuffer(text, 'x.txt'))
    expect(await failureOf(work)).toMatchObject({ code: 'media-unavailable', retryable: true, certain: true })
    await puppet.messageSendText(userId, 'still here')
  })

  it('is certainly not sent when its upload fails', async () => {
    const stage = await setStage()
    const { puppet, userId } = await inConversation(stage)
    await stage.control.fault({ endpoint: 'getuploadurl', kind: 'status', value: 500 })
    const work = puppet.messageSendFile(userId, FileBox.fromBuffer(text, 'x.txt'))
    expect(await failureOf(work)).toMatchObject({ code: 'bad-response', retryable: true, certain: true })
    expect((await puppet.sendWindow(userId)).remaining).toBe(10)
  })

  it('is forwarded as a file again', async () => {
    const stage = await setStage()
    const { puppet, actor, userId, botId } = await inConversation(stage)
    const item = await stage.control.media({ kind: 'image', base64: png.toString('base64') })
    await stage.control.inbound({ botId, item })
    await until(() => actor.of('message').length === 2)
    await puppet.messageForward(userId, String(actor.of('message')[1]?.messageId))
    expect((await stage.control.sent())[0]?.media).toMatchObject({ kind: 'image', md5: md5(png) })
  })
})
