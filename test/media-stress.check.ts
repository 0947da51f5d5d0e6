/**
 * Files that lie, end early, come slowly or are made to do harm, through the real path both ways: the file server of the
 * backend, the puppet, the turn, the model; and a file of the agent, the outbox, the file server. Each costs itself and
 * nothing else, and both the person and the agent learn why.
 */

import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ModelReply,
  type ModelRequest,
  type ModelServer,
  startModelServer,
} from '@moltbot/channel-sdk/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { hostileNames, png, polyglots } from './support/hostile-files.ts'

const workspace = mkdtempSync(join(tmpdir(), 'moltbot-stress-'))
const picture = png(2, 2)
const large = Buffer.alloc(1024 * 1024 + 1, 'x')

let backend: Backend
let model: ModelServer
let home: GatewayHome
let gateway: RunningGateway
let botId: string
let reply: (request: ModelRequest) => ModelReply

const configured = () => ({
  ...configOf(backend, model.baseUrl, { alpha: { mediaMaxMb: 1, replyLanguage: 'en' } }),
  agents: { defaults: { model: { primary: 'fake/fake-1' }, workspace } },
})

beforeAll(async () => {
  backend = await startBackend()
  model = await startModelServer({ reply: (request) => reply(request) })
  home = new GatewayHome({ ...configured(), media: { keepTurns: 0 } })
  gateway = await home.startReady()
  const { url } = await gateway.line({ event: 'account.qr', accountId: 'alpha' })
  botId = (await backend.scanAndConfirm(String(url), 'o9Owner@im.wechat')).botId
  await gateway.line({ event: 'account.state', accountId: 'alpha', state: 'online' })
}, 120_000)
beforeEach(async () => {
  reply = () => 'ok'
  await backend.control.clearFaults()
})
afterAll(async () => {
  await home.dispose()
  await Promise.all([backend.close(), model.close()])
})

type Item = Awaited<ReturnType<Backend['control']['media']>>
type Fault = Parameters<Backend['control']['fault']>[0]

/** What the model was shown of a file, and what the person read, when its turn is over. */
async function receive(item: Item) {
  const before = (await backend.replies(botId)).length
  await backend.control.inbound({ botId, item })
  const said = (await backend.repliesOf(botId, before + 1)).at(-1)
  const request = model.requests.at(-1)
  const images = JSON.stringify(request?.body).match(/data:image\/[a-z]+/g) ?? []
  return { said, seen: request?.lastUserText ?? '', images }
}

/** An item of the simulator with other facts about its file than those that are true. */
async function lying(
  changes: Readonly<Record<string, unknown>>,
  bytes = Buffer.from('hello'),
): Promise<Item> {
  const item = await backend.control.media({ kind: 'file', name: 'a.txt', base64: bytes.toString('base64') })
  const facts = { ...Object(Reflect.get(item, 'file_item')), ...changes }
  return { ...item, file_item: facts }
}

const media = (bytes: Buffer, more: object = {}) =>
  backend.control.media({ kind: 'file', name: 'a.txt', base64: bytes.toString('base64'), ...more })
const download = (kind: Fault['kind'], times = 1, value?: number) =>
  backend.control.fault({ endpoint: 'download', kind, times, ...(value !== undefined && { value }) })

const gone = '[file: not read, not available]'
const tooLarge = '[file: not read, too large]'
const hello = Buffer.from('hello')

describe('a file that cannot be had is named, and the person and the agent read why', {
  timeout: 30_000,
}, () => {
  it.each<[string, () => Promise<Item>, string]>([
    ['whose key is wrong', () => media(hello, { wrongKey: true }), gone],
    [
      'that ends in the middle of a block',
      () => media(large.subarray(0, 9_000), { truncateTo: 5_001 }),
      gone,
    ],
    ['that ends between two blocks', () => media(large.subarray(0, 9_000), { truncateTo: 4_096 }), gone],
    ['of which nothing is there', () => media(hello, { truncateTo: 0 }), gone],
    ['that is larger than it may be', () => media(large), tooLarge],
    ['that is larger than it says', () => lying({ len: '5' }, large), tooLarge],
    ['of another size and hash than it says', () => lying({ len: '7', md5: '0'.repeat(32) }), gone],
    ['without a key', () => lying({ media: { encrypt_query_param: 'x' } }), gone],
    [
      'on another server',
      () => lying({ media: { full_url: 'http://169.254.169.254/x', aes_key: 'AAAA' } }),
      gone,
    ],
    [
      'whose connection breaks each time',
      async () => {
        await download('cut', 3)
        return media(hello)
      },
      gone,
    ],
    [
      'that the file server refuses',
      async () => {
        await download('status', 1, 403)
        return media(hello)
      },
      gone,
    ],
  ])('%s', async (_, make, words) => {
    const { said, seen } = await receive(await make())
    expect(said).toBe(`${words}\nok`)
    expect(seen).toContain(words)
  })
})

describe('a file comes whole', { timeout: 30_000 }, () => {
  it.each<[string, () => Promise<Item>]>([
    [
      'from a slow file server',
      async () => {
        await download('drip', 1, 30)
        return media(hello)
      },
    ],
    [
      'after a broken connection',
      async () => {
        await download('cut')
        return media(hello)
      },
    ],
    ['whose size is not the one it says', () => lying({ len: '999999999999' })],
    ['whose size is no number', () => lying({ len: '../../x' })],
    ['whose hash is not the one it says', () => lying({ md5: 'f'.repeat(32) })],
  ])('%s', async (_, make) => {
    const { said, seen } = await receive(await make())
    expect([said, seen]).toEqual(['ok', expect.stringContaining('| hello')])
  })
})

describe('the content of a file decides what it is', { timeout: 30_000 }, () => {
  it.each<[string, () => Promise<Item>, images: number, seen: RegExp]>([
    [
      'a page sent as a picture',
      () => media(Buffer.from('<b>hi</b>'), { kind: 'image' }),
      0,
      /\| <b>hi<\/b>/,
    ],
    [
      'a program called a picture',
      () => media(Buffer.from('4d5a90000300', 'hex'), { name: 'a.png' }),
      0,
      /it is not a text/,
    ],
    ['a picture called a text', () => media(picture), 1, /"kind":"image"/],
    ['a picture sent as a voice message', () => media(picture, { kind: 'voice' }), 1, /"kind":"image"/],
    ['a text sent as a video', () => media(hello, { kind: 'video' }), 0, /\| hello/],
    [
      'a PNG of 50,000 x 50,000',
      () => media(png(50_000, 50_000, Buffer.alloc(10)), { kind: 'image' }),
      0,
      /it has too many pixels/,
    ],
    ['a PNG that ends early', () => media(picture.subarray(0, 40), { kind: 'image' }), 1, /"kind":"image"/],
    ['a PNG without a size', () => media(picture.subarray(0, 12), { kind: 'image' }), 0, /it is not a text/],
    ['an empty file', () => media(Buffer.alloc(0)), 0, /"name":"a\.txt"/],
    ['a PNG that is a ZIP', () => media(polyglots['a PNG that is a ZIP']), 1, /"kind":"image"/],
    [
      'a GIF that is a script',
      () => media(polyglots['a GIF that is a script'], { name: 'a.js' }),
      1,
      /"kind":"image"/,
    ],
    [
      'a JPEG that is a page',
      () => media(polyglots['a JPEG that is a page'], { name: 'a.html' }),
      1,
      /"kind":"image"/,
    ],
    ['a ZIP that is a PDF', () => media(polyglots['a ZIP that is a PDF'], { name: 'a.pdf' }), 0, /not shown/],
  ])('%s', async (_, make, images, seen) => {
    const shown = await receive(await make())
    expect(shown.said).toBe('ok')
    expect(shown.images).toHaveLength(images)
    expect(shown.seen).toMatch(seen)
  })
})

it.each(hostileNames)(
  'a file called %j has a name that neither leads nor hides',
  { timeout: 30_000 },
  async (name) => {
    const { seen } = await receive(await media(hello, { name }))
    const shown = JSON.parse(/"name":("(?:[^"\\]|\\.)*")/.exec(seen)?.[1] ?? '""')
    expect(shown).not.toMatch(/[/\\]|^\.|[\p{C}\u2028\u2029]/u)
    expect(shown.length).toBeGreaterThan(0)
    expect(shown.length).toBeLessThanOrEqual(120)
    expect(seen).toContain('| hello')
  },
)

/** The agent sends a file; what the phone got, the last text of the person, and what the tool said to the model. */
async function send(input: object, bytes: Buffer, text = '') {
  writeFileSync(join(workspace, 'file'), bytes)
  const after = (await backend.control.sent({ botId })).length
  let result = ''
  reply = ({ toolResults }) => {
    result = toolResults.at(-1) ?? ''
    return toolResults.length === 0 ? { toolCalls: [{ name: 'send_file', input }] } : { text }
  }
  await backend.control.inbound({ botId, text: 'send it' })
  const shown = async () => (await backend.control.sent({ botId })).slice(after)
  return { result: () => result, shown }
}

const filesOf = (sent: readonly { readonly media?: unknown }[]) =>
  sent.flatMap(({ media: file }) => file ?? [])
const waits = () => readdirSync(join(home.stateDir, 'wechat', 'outgoing', 'alpha'))

describe('a file of the agent', { timeout: 60_000 }, () => {
  it.each([
    ['a PNG that is a ZIP', 'image'],
    ['a GIF that is a script', 'image'],
    ['a PDF that is a ZIP', 'file'],
    ['a ZIP that is a PDF', 'file'],
  ] as const)('%s is sent as %s, whatever its name', async (what, kind) => {
    const { shown } = await send({ path: 'file', name: 'a.mp4' }, polyglots[what])
    await expect.poll(async () => filesOf(await shown()), { timeout: 10_000 }).toMatchObject([{ kind }])
    expect((await shown()).flatMap(({ flags }) => flags)).toEqual([])
  })

  it.each(hostileNames)('called %j has a safe name on the phone', async (name) => {
    const { shown } = await send({ path: 'file', name }, hello)
    await expect.poll(async () => filesOf(await shown()), { timeout: 10_000 }).toHaveLength(1)
    const [file] = filesOf(await shown())
    const onPhone = String(Reflect.get(Object(file), 'name'))
    expect(onPhone).not.toMatch(/[/\\]|^\.|[\p{C}\u2028\u2029]/u)
    expect(onPhone.length).toBeLessThanOrEqual(120)
  })

  it('that is too large is refused to the agent, which can say so', async () => {
    const { result, shown } = await send({ path: 'file' }, large, 'It is too large.')
    await expect.poll(async () => (await shown()).length).toBe(1)
    expect(result()).toMatch(/"file" has 1048577 bytes; a file may have 1048576 at most/)
    expect(filesOf(await shown())).toEqual([])
  })

  it('comes whole after a failure of the file server', async () => {
    await backend.control.fault({ endpoint: 'upload', kind: 'status', value: 503 })
    const { shown } = await send({ path: 'file', name: 'b.txt' }, hello)
    await expect
      .poll(async () => filesOf(await shown()), { timeout: 15_000 })
      .toMatchObject([{ name: 'b.txt', size: 5 }])
  })

  it('that is refused by the file server waits, and the person reads that it is late', async () => {
    await backend.control.fault({ endpoint: 'upload', kind: 'status', value: 400, times: 1 })
    const { shown } = await send({ path: 'file', name: 'late.txt' }, hello, 'Here it is.')
    const texts = async () => JSON.stringify((await shown()).map(({ items }) => items))
    await expect.poll(texts, { timeout: 15_000 }).toMatch(/late\.txt: could not be sent/)
  })
})

it('takes a lower limit while it runs', { timeout: 30_000 }, async () => {
  home.configure({ ...configured(), media: { keepTurns: 0, maxDiskMb: 256 } })
  await gateway.line({ event: 'config.applied' })
  const { stdout } = await home.moltbot('gateway', 'status')
  expect(stdout).toMatch(/files +\d+ of 256 MB on the disk/)
})

it('leaves nothing behind, and all files in use have given their room back', {
  timeout: 30_000,
}, async () => {
  const { stdout } = await home.moltbot('gateway', 'status', '--json')
  const { files, problems } = JSON.parse(stdout)
  expect(problems).toEqual([])
  expect(files.memory).toMatchObject({ inUse: 0, waiting: 0 })
  expect(files.disk.inUse).toBe(waits().length * hello.length)
  expect(files.disk.refused).toBe(0)
  const media = readdirSync(join(home.stateDir, 'wechat', 'media', 'alpha'))
  expect(media).toEqual([])
})
