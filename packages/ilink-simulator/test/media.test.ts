import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Binding, controlClient, type Simulator, startSimulator } from '../src/index.ts'
import { isObject, type JsonObject, objectAt, textAt } from '../src/json.ts'
import { bot, jsonOf } from './wire.ts'

let simulator: Simulator
let control: ReturnType<typeof controlClient>
let binding: Binding
let speak: ReturnType<typeof bot>
let contextToken: string

beforeAll(async () => {
  simulator = await startSimulator({ holdMs: 300 })
  control = controlClient(simulator.controlUrl)
})
afterAll(() => simulator.close())
beforeEach(async () => {
  await control.reset()
  binding = await control.account()
  speak = bot(simulator.url, binding.token)
  contextToken = (await control.inbound({ botId: binding.botId, text: 'send me something' })).contextToken
})

const key = randomBytes(16)
const hexOfKey = Buffer.from(key.toString('hex')).toString('base64')

function encrypted(plain: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-ecb', key, null)
  return Buffer.concat([cipher.update(plain), cipher.final()])
}

function declaration(plain: Buffer, change: object = {}): object {
  return {
    filekey: 'f1',
    media_type: 1,
    to_user_id: binding.userId,
    rawsize: plain.length,
    rawfilemd5: createHash('md5').update(plain).digest('hex'),
    filesize: encrypted(plain).length,
    no_need_thumb: true,
    aeskey: key.toString('hex'),
    ...change,
  }
}

/** Declares and uploads `plain`; the answer of the CDN. */
async function upload(plain: Buffer, change: object = {}, body = encrypted(plain)): Promise<Response> {
  const place = await speak.call('getuploadurl', declaration(plain, change))
  return fetch(`${place.upload_full_url}`, { method: 'POST', body: new Uint8Array(body) })
}

async function uploaded(plain: Buffer, change: object = {}): Promise<string> {
  const param = (await upload(plain, change)).headers.get('x-encrypted-param')
  if (!param) throw new Error('the CDN gave no parameter')
  return param
}

/** Mono, 16 bits, 24,000 samples a second. */
function silentWav(ms: number): Buffer {
  const bytes = 48 * ms
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + bytes, 4)
  header.write('WAVEfmt ', 8)
  for (const [value, at] of [
    [16, 16],
    [24_000, 24],
    [48_000, 28],
    [bytes, 40],
  ] as const)
    header.writeUInt32LE(value, at)
  for (const [value, at] of [
    [1, 20],
    [1, 22],
    [2, 32],
    [16, 34],
  ] as const)
    header.writeUInt16LE(value, at)
  header.write('data', 36)
  return Buffer.concat([header, Buffer.alloc(bytes)])
}

/** Sends one item and returns what the phone made of it. */
async function shown(item: object) {
  const message = { to_user_id: binding.userId, context_token: contextToken, item_list: [item] }
  expect(await speak.send(message)).toMatchObject({ ret: 0 })
  const [sent] = await control.sent()
  return { media: sent?.media, flags: sent?.flags }
}

/** What a client gets that downloads the medium and opens it with the key it was told. */
async function opened(media: JsonObject): Promise<Buffer> {
  const response = await fetch(textAt(media, 'full_url'))
  const told = Buffer.from(textAt(media, 'aes_key'), 'base64')
  const told16 = told.length === 16 ? told : Buffer.from(told.toString('latin1'), 'hex')
  const decipher = createDecipheriv('aes-128-ecb', told16, null)
  return Buffer.concat([decipher.update(Buffer.from(await response.arrayBuffer())), decipher.final()])
}

describe('a file of the bot', () => {
  const plain = randomBytes(1_600)
  const md5 = createHash('md5').update(plain).digest('hex')

  test('is taken, checked and shown with its true size and md5', async () => {
    const param = await uploaded(plain, { media_type: 3 })
    const media = { encrypt_query_param: param, aes_key: hexOfKey, encrypt_type: 1 }
    const item = { type: 4, file_item: { media, file_name: 'a.bin', len: '1600' } }
    expect(await shown(item)).toEqual({ media: { kind: 'file', name: 'a.bin', size: 1600, md5 }, flags: [] })
  })

  test('comes back from the CDN byte by byte', async () => {
    const query = new URLSearchParams({ encrypted_query_param: await uploaded(plain) })
    const response = await fetch(`${simulator.cdnUrl}/download?${query}`)
    expect(Buffer.from(await response.arrayBuffer())).toEqual(encrypted(plain))
  })

  test('of no bytes at all is one block of padding', async () => {
    expect((await upload(Buffer.alloc(0))).status).toBe(200)
  })

  test('can be put by its parameters alone', async () => {
    await control.settings({ mediaUrls: 'param' })
    const place = await speak.call('getuploadurl', declaration(plain))
    expect(place.upload_full_url).toBeUndefined()
    const query = new URLSearchParams({ encrypted_query_param: `${place.upload_param}`, filekey: 'f1' })
    const url = `${simulator.cdnUrl}/upload?${query}`
    const put = await fetch(url, { method: 'PUT', body: new Uint8Array(encrypted(plain)) })
    const post = await fetch(url, { method: 'POST', body: new Uint8Array(encrypted(plain)) })
    expect([put.status, post.status]).toEqual([404, 200])
  })

  test.each([
    [
      'another key than it was encrypted with',
      { aeskey: '0'.repeat(32) },
      /does not decrypt|rawsize|rawfilemd5/,
    ],
    ['another md5', { rawfilemd5: '0'.repeat(32) }, /rawfilemd5/],
    ['another size', { rawsize: 1_601 }, /rawsize/],
  ])('that declares %s is refused with the reason', async (_what, change, reason) => {
    const response = await upload(plain, change)
    expect(response.status).toBe(400)
    expect(response.headers.get('x-error-message')).toMatch(reason)
    expect((await control.requests()).at(-1)?.violations).toEqual([expect.stringMatching(reason)])
  })

  test('that is cut short is refused', async () => {
    const response = await upload(plain, {}, encrypted(plain).subarray(0, 800))
    expect(response.headers.get('x-error-message')).toBe('body has 800 bytes, filesize says 1616')
  })

  test('may bring a thumbnail', async () => {
    const thumb = { thumb_rawsize: 10, thumb_rawfilemd5: '0'.repeat(32), thumb_filesize: 16 }
    const place = await speak.call('getuploadurl', declaration(plain, { ...thumb, no_need_thumb: false }))
    expect(place).toMatchObject({ upload_param: expect.any(String), thumb_upload_param: expect.any(String) })
    expect(place.upload_full_url).toBeUndefined()
  })

  test('without a declared key is checked when a message brings it', async () => {
    const param = await uploaded(plain, { media_type: 3, aeskey: undefined })
    const media = { encrypt_query_param: param, aes_key: hexOfKey }
    const item = { type: 4, file_item: { media, file_name: 'a', len: '1600' } }
    expect(await shown(item)).toMatchObject({ media: { md5 }, flags: [] })
  })

  test('as voice is refused before the upload', async () => {
    const answer = await speak.call('getuploadurl', declaration(plain, { media_type: 4 }))
    expect(answer).toMatchObject({ ret: 2 })
  })
})

describe('the flags of a picture', () => {
  const plain = randomBytes(100)
  test.each([
    ['nothing', (image: JsonObject) => image, []],
    ['no mid_size', ({ mid_size: _, ...image }: JsonObject) => image, ['image-without-mid-size']],
    [
      'a key of raw bytes',
      (image: JsonObject) => withMedia(image, { aes_key: key.toString('base64') }),
      ['aes-key-of-raw-bytes'],
    ],
    ['no key', (image: JsonObject) => withMedia(image, { aes_key: '' }), ['unreadable-aes-key']],
    [
      'another key',
      (image: JsonObject) => withMedia(image, { aes_key: randomBytes(16).toString('base64') }),
      ['aes-key-of-raw-bytes', 'wrong-aes-key'],
    ],
    [
      'a parameter from nowhere',
      (image: JsonObject) => withMedia(image, { encrypt_query_param: 'x' }),
      ['unknown-media'],
    ],
  ])('name %s', async (_what, change, flags) => {
    const media = { encrypt_query_param: await uploaded(plain), aes_key: hexOfKey, encrypt_type: 1 }
    expect((await shown({ type: 2, image_item: change({ media, mid_size: 112 }) })).flags).toEqual(flags)
  })
})

describe('a medium of the user', () => {
  test.each([
    ['image', { size: 70_000 }, 70_000],
    ['video', { size: 1 }, 1],
    ['file', { base64: Buffer.from('hello').toString('base64'), name: 'h.txt' }, 5],
    ['voice', { size: 3_000, text: 'spoken words' }, 3_000],
  ] as const)('of kind %s arrives as an item that opens', async (kind, order, size) => {
    const item = await control.media({ kind, ...order })
    await control.inbound({ botId: binding.botId, item })
    const { msgs } = await speak.poll()
    const [, message] = Array.isArray(msgs) ? msgs.filter(isObject) : []
    const [arrived] = Array.isArray(message?.item_list) ? message.item_list.filter(isObject) : []
    expect(arrived).toMatchObject(item)
    const media = objectAt(objectAt(arrived ?? {}, `${kind}_item`) ?? {}, 'media') ?? {}
    expect(await opened(media)).toHaveLength(size)
  })

  test('may come with a key that never opens it', async () => {
    // A random key would leave a padding that looks right once in 256 times.
    for (let n = 0; n < 300; n++) {
      const item = await control.media({ kind: 'file', size: 15, wrongKey: true })
      await expect(opened(objectAt(objectAt(item, 'file_item') ?? {}, 'media') ?? {})).rejects.toThrow()
    }
  })

  test('as a voice message is recorded from a WAV file, as phones do', async () => {
    const order = { kind: 'voice', fromWav: true } as const
    const item = await control.media({ ...order, base64: silentWav(1_000).toString('base64') })
    expect(item).toMatchObject({ voice_item: { encode_type: 6, sample_rate: 24_000, playtime: 1_000 } })
    const silk = await opened(objectAt(objectAt(item, 'voice_item') ?? {}, 'media') ?? {})
    expect(silk.subarray(1, 10).toString()).toBe('#!SILK_V3')
    for (const base64 of ['', Buffer.from('no sound').toString('base64'), silentWav(0).toString('base64')])
      await expect(control.media({ ...order, base64 })).rejects.toThrow('400')
  })

  test('is asked for by base64 or by size', async () => {
    await expect(control.media({ kind: 'file' })).rejects.toThrow('expected base64 or size')
  })
})

test('what either side has put on the CDN is shown to the control API, and nothing else', async () => {
  const item = await control.media({ kind: 'file', base64: Buffer.from('hello').toString('base64') })
  const own = textAt(objectAt(objectAt(item, 'file_item') ?? {}, 'media') ?? {}, 'encrypt_query_param')
  const ofBot = await uploaded(Buffer.from('answer'))
  for (const [param, text, kind] of [
    [own, 'hello', 'file'],
    [ofBot, 'answer', 'image'],
  ] as const)
    expect(await control.openMedia(param)).toEqual({ kind, base64: Buffer.from(text).toString('base64') })
  await expect(control.openMedia('x')).rejects.toThrow('404')
})

test('an unknown download is refused', async () => {
  const response = await fetch(`${simulator.cdnUrl}/download?encrypted_query_param=x`)
  expect(response.status).toBe(400)
})

test('an upload that fails on demand can be made again', async () => {
  await control.fault({ endpoint: 'upload', kind: 'status', value: 500, times: 2 })
  await control.fault({ endpoint: 'upload', kind: 'empty' })
  const plain = randomBytes(20)
  const place = await speak.call('getuploadurl', declaration(plain))
  const tries: [number, boolean][] = []
  for (let n = 0; n < 4; n++) {
    const body = new Uint8Array(encrypted(plain))
    const response = await fetch(`${place.upload_full_url}`, { method: 'POST', body })
    tries.push([response.status, response.headers.has('x-encrypted-param')])
  }
  expect(tries).toEqual([
    [500, false],
    [500, false],
    [200, false],
    [200, true],
  ])
})

test('getuploadurl answers a control fault with its ret', async () => {
  await control.fault({ endpoint: 'getuploadurl', kind: 'ret', value: -1, errmsg: 'no' })
  expect(await jsonOf(await speak.raw('getuploadurl', {}))).toEqual({ ret: -1, errmsg: 'no' })
})

function withMedia(image: JsonObject, change: JsonObject): JsonObject {
  return { ...image, media: { ...objectAt(image, 'media'), ...change } }
}
