/**
 * Incoming and outgoing files, through the whole channel with our puppet and the simulated backend.
 */

import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { type Channel, codeOf, DiskBudget, type ReplyPiece, type TurnMedia } from '@moltbot/channel-sdk'
import type { AddressRules } from '@moltbot/channel-sdk/url-guard'
import { type ControlClient, controlClient, type Simulator, startSimulator } from 'ilink-simulator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createChannel } from '../src/channel.ts'
import { wechatConfigSchema } from '../src/config/schema.ts'
import { type TestHost, testHost } from './host.ts'
import { eventually, temporaryFolder } from './samples.ts'

const owner = 'o9Owner@im.wechat'
const patienceMs = 15_000
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const tooLarge = Buffer.alloc(1024 * 1024 + 1)

let simulator: Simulator
let control: ControlClient
let host: TestHost
let channel: Channel
/** Texts and file names that the owner received. */
let shown: () => Promise<string[]>

beforeEach(async () => {
  simulator = await startSimulator()
  control = controlClient(simulator.controlUrl)
  host = testHost()
})
afterEach(async () => {
  await channel.stop({ deadlineMs: 1_000 })
  await simulator.close()
})

async function open(config: object = {}, addresses?: AddressRules): Promise<void> {
  const { url, cdnUrl } = simulator
  const puppetOptions = { baseUrl: url, cdnBaseUrl: cdnUrl, loginBaseUrl: url }
  const common = { puppet: 'ilink', puppetOptions, mediaMaxMb: 1, replyLanguage: 'en' }
  channel = await createChannel(host, wechatConfigSchema.parse({ ...common, ...config }), {
    ...(addresses && { addresses }),
  })
  await channel.startAccount('default')
}

/** Opens the channel, scans the code, and sends one message of the owner. */
async function logIn(config: object = {}, addresses?: AddressRules): Promise<string> {
  await open(config, addresses)
  const qr = await shownQr()
  await control.scan(qr)
  const { botId } = await control.confirm(qr, { userId: owner })
  shown = async () => (await control.sent({ botId })).map(({ items, media }) => media?.name || textIn(items))
  await eventually(async () => expect((await channel.accounts())[0]?.state).toBe('online'), patienceMs)
  return botId
}

async function shownQr(): Promise<string> {
  let qr = ''
  await eventually(async () => {
    qr = new URL(String((await channel.accounts())[0]?.qr)).searchParams.get('qrcode') ?? ''
  }, patienceMs)
  return qr
}

function textIn(items: unknown): string {
  const text = /"text":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(items))?.[1]
  return text === undefined ? '' : JSON.parse(text)
}

const isShown = (...all: string[]) => eventually(async () => expect(await shown()).toEqual(all), patienceMs)

function answerWith(...blocks: ReplyPiece[]): void {
  host.runTurn = async function* (turn) {
    host.turns.push(turn)
    yield* blocks
  }
}

/** The files of the agent, with their content at that time. */
function watchMedia(): { file: TurnMedia; bytes: Buffer }[] {
  const seen: { file: TurnMedia; bytes: Buffer }[] = []
  host.agent = async ({ messages }) => {
    for (const file of messages.flatMap(({ media = [] }) => media)) {
      seen.push({ file, bytes: readFileSync(file.path) })
    }
    return 'seen'
  }
  return seen
}

const outgoing = () => join(host.stateDir, 'outgoing', 'default')
const copies = () => (existsSync(outgoing()) ? readdirSync(outgoing()) : [])

describe('a file from a user', () => {
  it('has the type of its content and a safe name, and is removed after the turn', async () => {
    const botId = await logIn()
    const seen = watchMedia()
    const name = '../../\u202egnp.exe'
    const item = await control.media({ kind: 'file', name, base64: png.toString('base64') })
    await control.inbound({ botId, item })
    await isShown('seen')
    expect(seen).toMatchObject([{ bytes: png, file: { kind: 'image', mimeType: 'image/png' } }])
    expect(seen[0]?.file.name).toBe('gnp.exe')
    expect(existsSync(seen[0]?.file.path ?? '')).toBe(false)
  })

  it('is not an image only because it was sent as one', async () => {
    const botId = await logIn()
    const seen = watchMedia()
    const base64 = Buffer.from('<html>no picture</html>').toString('base64')
    await control.inbound({ botId, item: await control.media({ kind: 'image', base64 }) })
    await isShown('seen')
    expect(seen).toMatchObject([{ file: { kind: 'file', mimeType: 'application/octet-stream' } }])
  })

  it('is reported as too large to the agent, and to the user above the answer', async () => {
    const botId = await logIn()
    const item = await control.media({ kind: 'file', name: 'film.bin', base64: tooLarge.toString('base64') })
    host.agent = async () => 'Too much for me.'
    await control.inbound({ botId, item })
    await isShown('[file: not read, too large]\nToo much for me.')
    const [message] = host.turns[0]?.messages ?? []
    expect(message?.text).toContain('[file: not read, too large]')
    expect(message?.media).toBeUndefined()
  })

  it('is reported as not available if it cannot be decrypted, in the language of the user', async () => {
    const botId = await logIn({ replyLanguage: 'auto' })
    const item = await control.media({ kind: 'image', base64: png.toString('base64'), wrongKey: true })
    host.agent = async () => '没看到'
    await control.inbound({ botId, items: [{ type: 1, text_item: { text: '看看这个' } }, item] })
    await isShown('[图片：未读取，无法获取]\n没看到')
  })

  it('is reported also if the turn failed', async () => {
    const botId = await logIn()
    host.agent = () => Promise.reject(new Error('broken'))
    const item = await control.media({ kind: 'file', base64: tooLarge.toString('base64') })
    await control.inbound({ botId, item })
    await eventually(
      async () => expect((await shown())[0]).toMatch(/^\[file: not read, too large\]\nSorry/),
      patienceMs,
    )
    expect(await shown()).toHaveLength(1)
  })

  it('is passed on unchanged if it is a voice message that cannot be decoded', async () => {
    const botId = await logIn()
    const seen = watchMedia()
    const noise = Buffer.from('no voice at all')
    await control.inbound({
      botId,
      item: await control.media({ kind: 'voice', base64: noise.toString('base64') }),
    })
    await isShown('seen')
    expect(seen).toMatchObject([{ bytes: noise, file: { kind: 'voice' } }])
  })
})

describe('twenty files at once', () => {
  const bytes = 300_000
  const limit = 3_000_000

  /** A folder may be removed while it is read. */
  const entries = () => {
    for (;;) {
      try {
        return readdirSync(host.stateDir, { recursive: true, withFileTypes: true })
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error
      }
    }
  }

  /** What is really there. */
  const onDisk = () =>
    entries()
      .filter((file) => file.isFile() && /media|outgoing/.test(file.parentPath))
      .reduce((sum, { parentPath, name }) => {
        const found = statSync(join(parentPath, name), { throwIfNoEntry: false })
        return sum + (found?.size ?? 0)
      }, 0)

  it('stay within the room for all files, and everybody is answered', { timeout: 90_000 }, async () => {
    const disk = new DiskBudget(() => limit)
    host = { ...testHost(), mediaDisk: disk }
    const botId = await logIn({ dmPolicy: 'open' })
    let most = 0
    const running = new Set<string>()
    const allThere = Promise.withResolvers<void>()
    host.runTurn = async function* (turn) {
      running.add(turn.conversation.id)
      most = Math.max(most, onDisk())
      if (running.size === 16) allThere.resolve() // As many as are answered at once.
      await allThere.promise
      yield { text: turn.messages[0]?.media === undefined ? 'no file' : 'file' }
    }
    const batch = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const item = await control.media({ kind: 'file', name: `${n}.bin`, size: bytes })
        return { botId, from: `o9Person${n}@im.wechat`, item }
      }),
    )
    await control.inboundBatch(batch)
    await eventually(async () => expect(await shown()).toHaveLength(20), 60_000)
    const answers = await shown()
    const [read, refused] = [
      answers.filter((text) => text === 'file'),
      answers.filter((text) => text !== 'file'),
    ]
    expect(read.length).toBeGreaterThan(0)
    const notice = '[file: not read, too many files at the moment, please send it again later]'
    expect(new Set(refused)).toEqual(new Set([`${notice}\nno file`]))
    expect(most).toBeLessThanOrEqual(limit)
    await eventually(() => expect(disk.held).toBe(0))
    expect(onDisk()).toBeLessThanOrEqual(limit)
    expect(disk.refused).toBe(refused.length)

    // What the puppet keeps makes room for what comes later.
    const item = await control.media({ kind: 'file', name: 'later.bin', size: 1_000_000 })
    await control.inbound({ botId, item })
    await eventually(async () => expect((await shown()).at(-1)).toBe('file'), patienceMs)
    expect(disk.removed).toBeGreaterThan(0)
  })

  it('wait to be sent as long as there is room, and the others are named to the person', async () => {
    const disk = new DiskBudget(() => 25)
    host = { ...testHost(), mediaDisk: disk }
    const botId = await logIn()
    const path = join(temporaryFolder(), 'report.txt')
    writeFileSync(path, 'ten bytes!')
    await control.fault({ endpoint: 'upload', kind: 'status', value: 503, times: 100 })
    const file = (name: string) => ({ source: { path }, name })
    answerWith({ text: 'Here.', media: [file('1.txt'), file('2.txt'), file('3.txt')] })
    await control.inbound({ botId, text: 'reports' })
    const notice = '[3.txt: not sent, too many files at the moment, please send it again later]'
    await eventually(async () => expect((await shown())[0]).toBe(`Here.\n${notice}`), patienceMs)
    expect(disk.held).toBe(20)
    await channel.stop({ deadlineMs: 1_000 })
    expect(disk.held).toBe(0)
    await open()
    expect(disk.held).toBe(20) // They still wait.
  })
})

describe('a file in a reply', () => {
  it('is sent after its caption, by its type, and its copy is removed', async () => {
    const botId = await logIn()
    const path = join(temporaryFolder(), 'chart.txt')
    writeFileSync(path, png)
    answerWith({ text: 'Here it is.', media: [{ source: { path } }] })
    await control.inbound({ botId, text: 'draw' })
    await eventually(async () => expect(await shown()).toHaveLength(2), patienceMs)
    const [caption, picture] = await control.sent({ botId })
    expect(textIn(caption?.items)).toBe('Here it is.')
    expect(picture).toMatchObject({ media: { kind: 'image', size: png.length }, flags: [] })
    await eventually(() => expect(copies()).toEqual([]))
  })

  it('may be as large as the account and its backend allow, and the agent gets the limit', async () => {
    const botId = await logIn({ mediaMaxMb: 1 })
    answerWith({ text: 'answered' })
    await control.inbound({ botId, text: 'hi' })
    await isShown('answered')
    expect(host.turns[0]?.maxFileBytes).toBe(1024 * 1024)
    await channel.stop({ deadlineMs: 1_000 })
    await open({ mediaMaxMb: 1_024 }) // More than iLink takes.
    await control.inbound({ botId, text: 'again' })
    await isShown('answered', 'answered')
    expect(host.turns[1]?.maxFileBytes).toBe(100 * 1024 * 1024)
  })

  describe('behind a URL', () => {
    let server: Server
    let url: string
    beforeEach(async () => {
      server = createServer((_, response) => response.end('the report')).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      url = `http://public.test:${typeof address === 'object' ? address?.port : 0}/report.txt`
    })
    afterEach(() => {
      server.close().closeAllConnections()
    })

    it('is sent as a file', async () => {
      const botId = await logIn(
        {},
        {
          isAllowed: (address) => address === '127.0.0.1',
          resolve: async () => [{ address: '127.0.0.1', family: 4 }],
        },
      )
      answerWith({ text: 'Here it is.', media: [{ source: { url } }] })
      await control.inbound({ botId, text: 'report' })
      await isShown('Here it is.', 'report.txt')
    })

    it('is not downloaded from a private address, and the address is not shown', async () => {
      const botId = await logIn()
      let asked = 0
      server.on('request', () => asked++)
      const inside = url.replace('public.test', '127.0.0.1')
      answerWith({ text: 'Here it is.', media: [{ source: { url: inside } }] })
      await control.inbound({ botId, text: 'report' })
      await isShown('Here it is.\n[file: not sent, not available]')
      expect(asked).toBe(0)
    })
  })
})

describe('a file of the operator', () => {
  const send = (path: string, text = '', queue = false) =>
    channel.send({ accountId: 'default', to: owner, text, media: { source: { path } }, queue })

  it('is sent after the text, also through a symbolic link, and reported as sent', async () => {
    const botId = await logIn()
    await control.inbound({ botId, text: 'hi' })
    await isShown('answer to hi')
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'v7'), 'numbers')
    symlinkSync(join(folder, 'v7'), join(folder, 'report.csv'))
    expect(await send(join(folder, 'report.csv'), 'Here:')).toEqual({ status: 'sent', chunks: 2, sent: 2 })
    await isShown('answer to hi', 'Here:', 'report.csv')
    expect(await send(join(folder, 'v7'))).toEqual({ status: 'sent', chunks: 1, sent: 1 })
  })

  it('is rejected with the reason if it cannot be read or is too large', async () => {
    await logIn()
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'large'), tooLarge)
    await expect(send(join(folder, 'none'))).rejects.toMatchObject({ code: 'media-unreadable' })
    await expect(send(folder)).rejects.toMatchObject({ code: 'media-unreadable' })
    await expect(send(join(folder, 'large'))).rejects.toMatchObject({ code: 'media-too-large' })
    expect(copies()).toEqual([])
  })

  it('is queued as a copy over a restart, which removes copies without a row', async () => {
    const botId = await logIn()
    const path = join(temporaryFolder(), 'report.csv')
    writeFileSync(path, 'numbers')
    // The user has not written yet, so the backend would reject it.
    await expect(send(path)).rejects.toMatchObject({ code: 'not-sent' })
    expect(copies()).toEqual([])
    expect(await send(path, '', true)).toMatchObject({ status: 'queued' })
    writeFileSync(path, 'other numbers')
    await channel.stop({ deadlineMs: 1_000 })

    const [copy] = copies()
    const leftTurn = join(host.stateDir, 'media', 'default', 'a-turn')
    mkdirSync(leftTurn, { recursive: true })
    writeFileSync(join(leftTurn, 'file'), 'left by a kill')
    writeFileSync(join(outgoing(), 'left-by-a-kill'), '')
    await open()
    expect(copies()).toEqual([copy])
    expect(existsSync(leftTurn)).toBe(false)
    await control.inbound({ botId, text: 'hi' })
    await eventually(async () => expect(await shown()).toContain('report.csv'), patienceMs)
    await eventually(() => expect(copies()).toEqual([]), patienceMs)
  })
})
