/** Media against the simulator, whose CDN decrypts and checks what it gets, and whose phone tells what it cannot show. */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Binding,
  type ControlClient,
  controlClient,
  type Simulator,
  startSimulator,
} from 'ilink-simulator'
import { encode } from 'silk-wasm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  downloadMedia,
  itemOf,
  kindOfFile,
  mediaRefOf,
  silkToWav,
  type UploadUrlRequest,
  uploadMedia,
} from '../src/media/index.ts'
import { deterministicBytes } from './cdn-server.ts'

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), deterministicBytes(400_000)])
const mp4 = Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42', 'latin1'), deterministicBytes(900_000)])
const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), deterministicBytes(12_345)])
const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

let simulator: Simulator
let control: ControlClient
let binding: Binding
let folder: string
beforeAll(async () => {
  simulator = await startSimulator()
  control = controlClient(simulator.controlUrl)
})
afterAll(() => simulator.close())
beforeEach(async () => {
  await control.reset()
  binding = await control.account()
  folder = await mkdtemp(join(tmpdir(), 'media-simulator-'))
  return () => rm(folder, { recursive: true })
})

const options = () => ({
  cdnBaseUrl: simulator.cdnUrl,
  signal: new AbortController().signal,
  maxBytes: 10 << 20,
  retryDelaysMs: [1, 1],
})

const call = async (endpoint: string, body: object): Promise<{ [field: string]: string | undefined }> => {
  const response = await fetch(`${simulator.url}/ilink/bot/${endpoint}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${binding.token}`,
      AuthorizationType: 'ilink_bot_token',
      'X-WECHAT-UIN': Buffer.from('1234567890').toString('base64'),
      'iLink-App-Id': 'bot',
      'iLink-App-ClientVersion': '132105',
    },
    body: JSON.stringify({ ...body, base_info: { channel_version: '2.4.9', bot_agent: 'Test/1.0' } }),
  })
  return Object(await response.json())
}

const requestUploadUrl = async (request: UploadUrlRequest) => {
  const answer = await call('getuploadurl', { ...request })
  return { uploadFullUrl: answer.upload_full_url, uploadParam: answer.upload_param }
}

/** Uploads and sends `bytes`; returns what the phone shows. */
const show = async (name: string, bytes: Buffer) => {
  const { contextToken } = await control.inbound({ botId: binding.botId, text: 'send it' })
  const path = join(folder, 'source')
  await writeFile(path, bytes)
  const kind = await kindOfFile(path)
  const upload = { ...options(), kind, toUserId: binding.userId, requestUploadUrl }
  const item = itemOf(await uploadMedia({ path, name }, upload))
  const to = { to_user_id: binding.userId, context_token: contextToken }
  const msg = { ...to, client_id: 'c1', message_type: 2, message_state: 2, item_list: [item] }
  await call('sendmessage', { msg })
  const [sent] = await control.sent()
  return sent
}

/** Fetches what an inbound item refers to. */
const fetchItem = async (item: unknown): Promise<{ path: string; md5: string }> => {
  const ref = mediaRefOf(item)
  if (!ref) throw new Error('the item has no media')
  const path = join(folder, 'received')
  return { path, md5: (await downloadMedia(ref, path, options())).md5 }
}

const violations = async () => (await control.requests()).flatMap((request) => request.violations)

describe.each(['full', 'param'] as const)('with %s URLs', (mediaUrls) => {
  beforeEach(async () => {
    await control.settings({ mediaUrls })
  })

  it.each([
    ['image', 'photo.png', png],
    ['video', 'film.mp4', mp4],
    ['file', '报告.pdf', pdf],
    ['file', 'empty.txt', Buffer.alloc(0)],
  ] as const)('shows a sent %s on the phone, nothing amiss', async (kind, name, bytes) => {
    const sent = await show(name, bytes)
    expect(sent?.media).toMatchObject({ kind, size: bytes.length, md5: md5Of(bytes) })
    if (kind === 'file') expect(sent?.media).toMatchObject({ name })
    expect(sent?.flags).toEqual([])
    expect(await violations()).toEqual([])
  })

  it.each(['image', 'video', 'file', 'voice'] as const)('receives a %s as it was sent', async (kind) => {
    const item = await control.media({ kind, base64: pdf.toString('base64') })
    expect((await fetchItem(item)).md5).toBe(md5Of(pdf))
    expect(await violations()).toEqual([])
  })
})

describe('when the CDN fails', () => {
  it('sends again after a 5xx and a reset, and the phone shows it', async () => {
    await control.fault({ endpoint: 'upload', kind: 'status', value: 503 })
    await control.fault({ endpoint: 'upload', kind: 'reset' })
    expect(await show('a.pdf', pdf)).toMatchObject({ media: { md5: md5Of(pdf) }, flags: [] })
  })

  it('fetches again after a 5xx and a reset', async () => {
    await control.fault({ endpoint: 'download', kind: 'status', value: 502 })
    await control.fault({ endpoint: 'download', kind: 'reset' })
    const item = await control.media({ kind: 'file', base64: pdf.toString('base64') })
    expect((await fetchItem(item)).md5).toBe(md5Of(pdf))
  })

  it('fails with a code when a file has a wrong key', async () => {
    const item = await control.media({ kind: 'file', base64: pdf.toString('base64'), wrongKey: true })
    await expect(fetchItem(item)).rejects.toMatchObject({ code: 'media-undecryptable' })
    expect(await readdir(folder)).toEqual([])
  })
})

it('converts a received voice message to WAV', async () => {
  const samples = Int16Array.from({ length: 24_000 }, (_, i) => Math.round(8000 * Math.sin(i / 9)))
  const { data } = await encode(samples, 24_000)
  const item = await control.media({ kind: 'voice', base64: Buffer.from(data).toString('base64') })
  const { path } = await fetchItem(item)
  expect(await silkToWav(path, `${path}.wav`)).toEqual({ durationMs: 1000 })
  expect((await readFile(`${path}.wav`)).subarray(0, 4).toString()).toBe('RIFF')
})
