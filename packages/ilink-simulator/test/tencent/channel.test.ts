import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encode } from 'silk-wasm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Binding, MediaOrder } from '../../src/index.ts'
import { type Agent, type Heard, host } from './host.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
let binding: Binding
let accountId: string
let config: object
/** Ends the account that a test has started. */
let stop: (() => Promise<void>) | undefined

beforeAll(async () => {
  stage = await openStage()
  config = { channels: { 'openclaw-weixin': { cdnBaseUrl: stage.simulator.cdnUrl } } }
})
afterAll(() => stage.close())

beforeEach(async () => {
  await stage.control.reset()
  binding = await stage.control.account()
  accountId = binding.botId.replace('@', '-').replace('.', '-')
  const { token, userId } = binding
  stage.accounts.saveWeixinAccount(accountId, { token, userId, baseUrl: stage.simulator.url })
  stage.accounts.registerWeixinAccountId(accountId)
})

afterEach(async () => {
  await stop?.()
  stop = undefined
  const violations = (await stage.control.requests()).flatMap((request) => request.violations)
  expect(violations).toEqual([])
})

/** Runs the client's account as its host does: notifystart, the poll loop, and notifystop at the end. */
function start(agent?: Agent): { heard: Heard[]; log: string[] } {
  const { heard, channelRuntime } = host(stage.folder, agent)
  const account = stage.accounts.resolveWeixinAccount(config, accountId)
  const abort = new AbortController()
  const log: string[] = []
  const write = (line: string) => void log.push(line)
  const running = stage.plugin.gateway.startAccount({
    account,
    cfg: config,
    abortSignal: abort.signal,
    channelRuntime,
    runtime: { log: write, error: write },
  })
  stop = async () => {
    abort.abort()
    await running.catch((error) => expect(`${error}`).toContain('aborted'))
    await stage.plugin.gateway.stopAccount({ account })
  }
  return { heard, log }
}

/** The `n`-th message that the client has handed to its host, once it is there. */
async function heardAt(heard: Heard[], n: number): Promise<Heard> {
  return vi.waitUntil(() => heard[n], { timeout: 10_000 })
}

async function endpointsAsked(): Promise<string[]> {
  return (await stage.control.requests()).map((request) => request.endpoint)
}

const sendText = (text: string) =>
  stage.plugin.outbound.sendText({ cfg: config, to: binding.userId, text, accountId })

describe('a turn', () => {
  test('goes from the user over the agent back to the user, with typing around it', async () => {
    const { heard } = start(({ Body }) => [{ text: `You said: ${Body}` }])
    const { messageId } = await stage.control.inbound({ botId: binding.botId, text: 'hello' })
    expect(await heardAt(heard, 0)).toMatchObject({ Body: 'hello', MessageSidFull: messageId })
    expect(await stage.control.sent()).toMatchObject([
      { to: binding.userId, items: [{ type: 1, text_item: { text: 'You said: hello' } }], flags: [] },
    ])
    const polls = async () => (await endpointsAsked()).filter((endpoint) => endpoint === 'getupdates')
    await vi.waitUntil(async () => (await polls()).length === 2)
    await stop?.()
    stop = undefined
    expect(await endpointsAsked()).toEqual([
      'notifystart',
      'getupdates',
      'getconfig',
      'sendtyping',
      'sendmessage',
      'sendtyping',
      'getupdates',
      'notifystop',
    ])
  })

  test('shows the agent’s tools as messages of their own', async () => {
    const { heard } = start((_heard, useTool) => {
      useTool('search')
      return [{ text: 'found' }]
    })
    await stage.control.inbound({ botId: binding.botId, text: 'look it up' })
    await heardAt(heard, 0)
    await vi.waitUntil(async () => (await stage.control.sent()).length === 3)
    const sent = await stage.control.sent()
    expect(sent.map(({ items }) => items[0]?.type).sort()).toEqual([1, 11, 12])
    expect(sent.flatMap(({ flags }) => flags)).toEqual([])
  })

  test('takes a batch of a hundred messages in order', async () => {
    const { heard } = start()
    const texts = Array.from({ length: 100 }, (_, n) => `message ${n}`)
    await stage.control.inboundBatch(texts.map((text) => ({ botId: binding.botId, text })))
    await heardAt(heard, 99)
    expect(heard.map(({ Body }) => Body)).toEqual(texts)
  })

  test('goes on after a poll that failed', async () => {
    await stage.control.fault({ endpoint: 'getupdates', kind: 'reset' })
    const { heard, log } = start()
    await stage.control.inbound({ botId: binding.botId, text: 'still there?' })
    expect(await heardAt(heard, 0)).toMatchObject({ Body: 'still there?' })
    expect(log.join('\n')).toContain('getUpdates error (1/3)')
  })
})

describe('a quote', () => {
  test('of the user’s own words is resolved from the message', async () => {
    const { heard } = start()
    const { botId } = binding
    const { messageId } = await stage.control.inbound({ botId, text: 'my question' })
    await stage.control.inbound({ botId, text: 'about this', quote: { messageId } })
    expect(await heardAt(heard, 1)).toMatchObject({ ReplyToId: messageId, ReplyToBody: 'my question' })
  })

  test('of the bot by id alone is resolved from what the client has kept', async () => {
    const { heard } = start(({ Body }) => (Body === 'ask' ? [{ text: 'one two three two' }] : []))
    const { botId } = binding
    await stage.control.inbound({ botId, text: 'ask' })
    await heardAt(heard, 0)
    const messageId = (await stage.control.sent())[0]?.messageId ?? ''
    const md5 = createHash('md5').update('two three two').digest('hex')
    const partial = { start: 'two', end: 'two', startIndex: 0, endIndex: 1, md5 }
    await stage.control.inbound({ botId, text: 'this part', quote: { shape: 'id', messageId, partial } })
    expect(await heardAt(heard, 1)).toMatchObject({
      ReplyToId: messageId,
      ReplyToBody: 'one two three two',
      ReplyToQuoteText: 'two three two',
    })
  })
})

describe('a medium of the user', () => {
  test.each([
    ['image', 'image/*'],
    ['video', 'video/mp4'],
    ['file', 'text/plain'],
  ] as const)('of kind %s is stored by the client byte by byte', async (kind, type) => {
    for (const mediaUrls of ['full', 'param'] as const) {
      await stage.control.settings({ mediaUrls })
      const content = randomBytes(100_000)
      const heard = await heardMedium({ kind, name: 'notes.txt', base64: content.toString('base64') })
      expect(heard.MediaType).toBe(type)
      expect(await readFile(heard.MediaPath ?? '')).toEqual(content)
    }
  })

  test('of kind voice becomes a WAV of the same second', async () => {
    const { data } = await encode(oneSecondOfTone(), 24_000)
    const heard = await heardMedium({ kind: 'voice', base64: Buffer.from(data).toString('base64') })
    expect(heard.MediaType).toBe('audio/wav')
    expect(await readFile(heard.MediaPath ?? '')).toHaveLength(44 + 48_000)
  })

  test('of kind voice with words is those words', async () => {
    expect(await heardMedium({ kind: 'voice', size: 100, text: 'spoken' })).toMatchObject({ Body: 'spoken' })
  })

  test('is not delivered when its key does not open it', async () => {
    const heard = await heardMedium({ kind: 'file', base64: 'aGVsbG8=', wrongKey: true })
    const stored = heard.MediaPath === undefined ? Buffer.alloc(0) : await readFile(heard.MediaPath)
    expect(stored.toString()).not.toBe('hello')
  })

  async function heardMedium(order: MediaOrder): Promise<Heard> {
    const { heard } = start()
    await stage.control.inbound({ botId: binding.botId, item: await stage.control.media(order) })
    const first = await heardAt(heard, 0)
    await stop?.()
    return first
  }
})

describe('a medium of the bot', () => {
  const content = randomBytes(300_000)
  const sendMedia = async (name: string, text = '') => {
    const mediaUrl = join(stage.folder, name)
    await writeFile(mediaUrl, content)
    return stage.plugin.outbound.sendMedia({ cfg: config, to: binding.userId, text, accountId, mediaUrl })
  }

  beforeEach(async () => {
    const { heard } = start()
    await stage.control.inbound({ botId: binding.botId, text: 'send me something' })
    await heardAt(heard, 0)
  })

  test.each([
    ['image', 'picture.png', ''],
    ['video', 'film.mp4', ''],
    ['file', 'paper.pdf', 'paper.pdf'],
  ])('of kind %s is shown on the phone', async (kind, name, shownName) => {
    for (const mediaUrls of ['full', 'param'] as const) {
      await stage.control.settings({ mediaUrls })
      const before = (await stage.control.sent()).length
      await sendMedia(name, 'a caption')
      const md5 = createHash('md5').update(content).digest('hex')
      const [caption, medium] = await stage.control.sent({ after: before })
      expect(caption).toMatchObject({ items: [{ text_item: { text: 'a caption' } }] })
      expect(medium).toMatchObject({ media: { kind, name: shownName, size: content.length, md5 }, flags: [] })
    }
  })

  test('is uploaded again after a failure of the CDN, three times at most', async () => {
    await stage.control.fault({ endpoint: 'upload', kind: 'status', value: 500 })
    await stage.control.fault({ endpoint: 'upload', kind: 'empty' })
    await sendMedia('picture.png')
    await stage.control.fault({ endpoint: 'upload', kind: 'status', value: 500, errmsg: 'busy', times: 3 })
    await expect(sendMedia('picture.png')).rejects.toThrow('busy')
    const uploads = (await endpointsAsked()).filter((endpoint) => endpoint === 'upload')
    expect(uploads).toHaveLength(6)
  })

  test('is not uploaded again when the CDN refuses it', async () => {
    await stage.control.fault({ endpoint: 'upload', kind: 'status', value: 403, errmsg: 'no' })
    await expect(sendMedia('picture.png')).rejects.toThrow('CDN upload client error 403: no')
  })
})

describe('a send', () => {
  test('is refused without a context token', async () => {
    await expect(sendText('too early')).rejects.toThrow('ret=-2')
  })

  test('is refused beyond the quota', async () => {
    await stage.control.settings({ quota: 1 })
    const { heard } = start()
    await stage.control.inbound({ botId: binding.botId, text: 'hi' })
    await heardAt(heard, 0)
    await sendText('first')
    await expect(sendText('second')).rejects.toThrow('ret=-2 errmsg=rate limited')
  })

  test('that is answered with an empty body throws in the client', async () => {
    await stage.control.fault({ endpoint: 'sendmessage', kind: 'empty' })
    await expect(sendText('anybody?')).rejects.toThrow('JSON')
  })

  test('that meets -14 in errcode alone counts as a success in the client', async () => {
    await stage.control.settings({ staleField: 'errcode' })
    await stage.control.expireSession(binding.botId)
    expect(await sendText('lost')).toMatchObject({ messageId: expect.any(String) })
    expect(await stage.control.sent()).toEqual([])
  })

  test('is refused by the client itself once its poll has met -14', async () => {
    start()
    await vi.waitUntil(async () => (await endpointsAsked()).includes('getupdates'))
    await stage.control.expireSession(binding.botId)
    await vi.waitUntil(() =>
      sendText('x').then(
        () => false,
        (error) => `${error}`.includes('session paused'),
      ),
    )
  })
})

function oneSecondOfTone(): Buffer {
  const samples = Int16Array.from(
    { length: 24_000 },
    (_, n) => 8_000 * Math.sin((n * 2 * Math.PI * 440) / 24_000),
  )
  return Buffer.from(samples.buffer)
}
