import { once } from 'node:events'
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import type { Conversation, Notice, ReplyMedia } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { messageFrom, recordingLog, temporaryFolder, withAlice } from '../../test/samples.ts'
import { resolveAccounts } from '../config/resolve.ts'
import { wechatConfigSchema } from '../config/schema.ts'
import type { OutboxPart } from '../model/outbox.ts'
import { Composer } from '../outbound/compose.ts'
import { notReadNotice } from '../outbound/notices.ts'
import { OutgoingFiles } from '../outbound/outgoing-files.ts'
import { folderBlobs } from '../store/blobs.ts'
import { ReplyWriter } from './reply.ts'

const group: Conversation = { kind: 'group', id: 'room@chatroom' }
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

interface Wish {
  readonly conversation?: Conversation
  readonly written?: string
  readonly notices?: readonly Notice[]
  readonly config?: object
  readonly sendsLeft?: number
  readonly signal?: AbortSignal
}

function writer(wish: Wish = {}) {
  const { conversation = withAlice, written = 'hello', notices = [], config = {}, sendsLeft, signal } = wish
  const folder = temporaryFolder()
  const outgoingFolder = join(folder, 'outgoing')
  const [account] = resolveAccounts(wechatConfigSchema.parse({ puppet: 'ilink', mediaMaxMb: 1, ...config }))
  if (account === undefined) throw new Error('no account')
  const outgoing = new OutgoingFiles({
    blobs: folderBlobs(outgoingFolder, 'this-run'),
    maxBytes: () => account.mediaMaxBytes,
    // Loopback is the public internet here, and `public.test` is there; all else is inside.
    addresses: {
      isAllowed: (address) => address === '127.0.0.1',
      resolve: async (name) => {
        if (name === 'nowhere.test') throw new Error('ENOTFOUND')
        return [{ address: name === 'public.test' ? '127.0.0.1' : '10.0.0.1', family: 4 }]
      },
    },
  })
  const composer = new Composer({
    account,
    shape: () => undefined,
    sendsLeft: async () => sendsLeft,
    outgoing,
  })
  const options = { account, composer, outgoing, log: recordingLog() }
  const turn = {
    id: 't',
    accountId: 'default',
    attempt: 1,
    deaths: 0,
    conversation,
    messages: ['m1', 'm2'].map((id) => messageFrom('alice', id, { conversation, text: written })),
    history: [],
    partlyAnswered: false,
  }
  const committed: OutboxPart[][] = []
  const commitBlock = async (parts: readonly OutboxPart[]) => {
    committed.push([...parts])
  }
  const reply = new ReplyWriter(options, turn, commitBlock, signal ?? new AbortController().signal)
  reply.say(notices)
  return { folder, outgoingFolder, reply, committed }
}

const textsOf = (parts: readonly OutboxPart[]) => parts.map((part) => ('text' in part ? part.text : ''))
const filesOf = (parts: readonly OutboxPart[]) =>
  parts.flatMap((part) => ('file' in part ? [part.file.name] : []))

describe('a file of the workspace', () => {
  it('follows its caption as a copy of its own', async () => {
    const { folder, outgoingFolder, reply } = writer()
    const path = join(folder, 'plan.txt')
    writeFileSync(path, 'the plan')
    await reply.take({ text: 'here', media: [{ source: { path } }] })
    writeFileSync(path, 'another plan')
    const [caption, file] = await reply.end()
    expect(caption).toEqual({ text: 'here' })
    expect(file).toMatchObject({ file: { name: 'plan.txt' } })
    expect(readFileSync(join(outgoingFolder, file && 'file' in file ? file.file.blob : ''), 'utf8')).toBe(
      'the plan',
    )
  })

  it.each([
    ['is not there', () => undefined, '[plan.txt: not sent, not available]\n[plan.txt：未发送，无法获取]'],
    [
      'is over the limit',
      (path: string) => writeFileSync(path, Buffer.alloc(1024 * 1024 + 1)),
      '[plan.txt: not sent, too large]\n[plan.txt：未发送，文件太大]',
    ],
    [
      'has become a link',
      (path: string) => symlinkSync('/etc/passwd', path),
      '[plan.txt: not sent, not available]\n[plan.txt：未发送，无法获取]',
    ],
  ])('that %s is named, and no path of this machine', async (_what, make, note) => {
    const { folder, outgoingFolder, reply } = writer()
    const path = join(folder, 'plan.txt')
    make(path)
    await reply.take({ text: 'here', media: [{ source: { path } }] })
    const parts = await reply.end()
    expect(parts).toEqual([{ text: `here\n${note}` }])
    expect(JSON.stringify(parts)).not.toContain(folder)
    await reply.discard()
    expect(namesIn(outgoingFolder)).toEqual([])
  })

  it('that is not sent is named in Chinese to a person who writes Chinese', async () => {
    const { folder, reply } = writer({ written: '把计划发给我' })
    await reply.take({ text: '好', media: [{ source: { path: join(folder, 'a_b_*c*.txt') } }] })
    expect(textsOf(await reply.end())).toEqual(['好\n[a_b__c_.txt：未发送，无法获取]'])
  })

  it('leaves no copy behind when the turn has no answer', async () => {
    const { folder, outgoingFolder, reply } = writer()
    writeFileSync(join(folder, 'plan.txt'), 'the plan')
    await reply.take({ text: '', media: [{ source: { path: join(folder, 'plan.txt') } }] })
    expect(namesIn(outgoingFolder)).toHaveLength(1)
    await reply.discard()
    expect(namesIn(outgoingFolder)).toEqual([])
  })

  it('is one of twenty at most', async () => {
    const { folder, reply } = writer({ config: { replyLanguage: 'en' } })
    writeFileSync(join(folder, 'x'), 'x')
    const media = Array.from({ length: 21 }, (): ReplyMedia => ({ source: { path: join(folder, 'x') } }))
    await reply.take({ text: '', media })
    const parts = await reply.end()
    expect(textsOf(parts)[0]).toBe('[x: not sent, too many files]')
    expect(filesOf(parts)).toHaveLength(20)
  })

  it('has a send of its own, which the text leaves to it', async () => {
    const { folder, reply } = writer({ sendsLeft: 5, config: { textChunkLimit: 100 } })
    writeFileSync(join(folder, 'x'), 'x')
    await reply.take({ text: 'A sentence. '.repeat(100), media: [{ source: { path: join(folder, 'x') } }] })
    const parts = await reply.end()
    expect(filesOf(parts)).toEqual(['reply.md', 'x'])
    expect(parts).toHaveLength(4) // One is kept in reserve.
  })

  it('takes no more than half of the sends from the text', async () => {
    const { folder, reply } = writer({ sendsLeft: 10, config: { textChunkLimit: 100 } })
    writeFileSync(join(folder, 'x'), 'x')
    const media = Array.from({ length: 12 }, (): ReplyMedia => ({ source: { path: join(folder, 'x') } }))
    await reply.take({ text: 'A sentence. '.repeat(30), media })
    const texts = textsOf(await reply.end()).filter((text) => text !== '')
    expect(texts.length).toBeGreaterThan(1)
  })
})

describe('the messages of one answer', () => {
  const sentence = 'A sentence of an answer. '
  const inBlocks = { streamMode: 'block', draftChunk: { minChars: 20, maxChars: 60 } }
  const names = (parts: readonly OutboxPart[]) =>
    parts.map((part) => ('text' in part ? 'text' : part.file.name))

  it.each([
    ['whole', {}],
    ['in blocks', inBlocks],
  ])(
    'are within the sends that the backend allows, sent %s, and the rest is one file',
    async (_how, config) => {
      const given = { config: { textChunkLimit: 60, replyLanguage: 'en', ...config }, sendsLeft: 10 }
      const { reply, committed, outgoingFolder } = writer(given)
      for (let n = 0; n < 100; n++) await reply.take({ text: `${n} ${sentence}` })
      const parts = [...committed.flat(), ...(await reply.end())]
      expect(names(parts)).toEqual([...Array(8).fill('text'), 'reply.md'])
      expect(committed.length > 0).toBe('streamMode' in config)
      expect(textsOf(parts).at(-2)).toContain('The rest of this reply is in the attached file.')
      const file = parts.at(-1)
      const rest = readFileSync(join(outgoingFolder, file && 'file' in file ? file.file.blob : ''), 'utf8')
      const numbers = `${textsOf(parts).join(' ')} ${rest}`.match(/\d+(?= A sentence)/g)
      expect(numbers).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`))
    },
  )

  it.each([
    ['whole', {}],
    ['in blocks', inBlocks],
  ])('are bounded where the backend has no limit, sent %s', async (_how, config) => {
    const { reply, committed } = writer({ config: { textChunkLimit: 60, maxMessagesPerReply: 4, ...config } })
    for (let n = 0; n < 100; n++) await reply.take({ text: sentence })
    const parts = [...committed.flat(), ...(await reply.end())]
    expect(names(parts)).toEqual(['text', 'text', 'text', 'reply.md'])
  })

  it('include no rest if all blocks fit', async () => {
    const { reply, committed } = writer({ config: inBlocks, sendsLeft: 10 })
    await reply.take({ text: `${sentence}\n\n`.repeat(3) })
    expect(names([...committed.flat(), ...(await reply.end())])).toEqual(['text', 'text', 'text'])
  })

  it('leave files their sends in an answer in blocks', async () => {
    const { folder, reply, committed } = writer({
      config: { ...inBlocks, textChunkLimit: 60 },
      sendsLeft: 10,
    })
    const media = Array.from({ length: 3 }, (_, n): ReplyMedia => {
      const path = join(folder, `${n}.txt`)
      writeFileSync(path, 'x')
      return { source: { path } }
    })
    await reply.take({ text: '', media })
    for (let n = 0; n < 100; n++) await reply.take({ text: sentence })
    const parts = [...committed.flat(), ...(await reply.end())]
    expect(parts).toHaveLength(9)
    expect(names(parts).slice(-4)).toEqual(['reply.md', '0.txt', '1.txt', '2.txt'])
  })
})

describe('a file behind a URL', () => {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  let asked: string[]

  async function serve(listener: RequestListener): Promise<number> {
    asked = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      listener(request, response)
    }).listen(0, '127.0.0.1')
    closing.push(() => server.close().closeAllConnections())
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async function replyWith(url: string, name?: string) {
    const { outgoingFolder, reply } = writer({ config: { replyLanguage: 'en' } })
    await reply.take({ text: 'here', media: [{ source: { url }, ...(name !== undefined && { name }) }] })
    const parts = await reply.end()
    return { parts, outgoingFolder, copies: namesIn(outgoingFolder) }
  }

  it('goes out as a file, named by its address and by what it is', async () => {
    const port = await serve((_request, response) => response.end(png))
    const { parts, outgoingFolder } = await replyWith(`http://public.test:${port}/charts/%E5%9B%BE?size=2`)
    expect(filesOf(parts)).toEqual(['图.png'])
    expect(textsOf(parts)[0]).toBe('here')
    const file = parts[1]
    expect(readFileSync(join(outgoingFolder, file && 'file' in file ? file.file.blob : ''))).toEqual(png)
  })

  it.each([
    'http://10.0.0.1/secret-token',
    'http://inner.test/secret-token',
    'http://user:pw@public.test/secret-token',
    'file:///etc/secret-token',
    'not a URL: secret-token',
  ])('%s is not fetched, and the person does not hear of it', async (url) => {
    const { parts, copies } = await replyWith(url)
    expect(parts).toEqual([{ text: 'here\n[file: not sent, not available]' }])
    expect(copies).toEqual([])
  })

  it('that redirects inside is refused, and its address not told', async () => {
    const port = await serve((_request, response) =>
      response.writeHead(302, { location: 'http://inner.test/secret-token' }).end(),
    )
    const { parts } = await replyWith(`http://public.test:${port}/x.png`, 'chart.png')
    expect(parts).toEqual([{ text: 'here\n[chart.png: not sent, not available]' }])
    expect(asked).toEqual(['/x.png'])
  })

  it('whose host cannot be resolved is not shown', async () => {
    const { reply } = writer({ config: { replyLanguage: 'en' } })
    await reply.take({ text: 'here', media: [{ source: { url: 'http://nowhere.test/secret-token' } }] })
    expect(textsOf(await reply.end())).toEqual(['here\n[file: not sent, not available]'])
  })

  it.each([
    ['is not there', 404, Buffer.alloc(0), 'not available'],
    ['is too large', 200, Buffer.alloc(1024 * 1024 + 1), 'too large'],
  ])('that %s is named with its address', async (_what, status, body, why) => {
    const port = await serve((_request, response) => response.writeHead(status).end(body))
    const url = `http://public.test:${port}/charts/a_b_c.png`
    const { parts, copies } = await replyWith(url)
    expect(parts).toEqual([{ text: `here\n[a_b_c.png: not sent, ${why}]\n${url}` }])
    expect(copies).toEqual([])
  })

  it('that breaks off, or grows beyond the limit, leaves nothing behind', async () => {
    const port = await serve(({ url }, response) => {
      response.write(Buffer.alloc(700 * 1024))
      if (url === '/broken') setTimeout(() => response.destroy(), 20)
      else response.end(Buffer.alloc(700 * 1024))
    })
    const broken = await replyWith(`http://public.test:${port}/broken`)
    expect(textsOf(broken.parts)[0]).toContain('not available')
    const grown = await replyWith(`http://public.test:${port}/grown`)
    expect(textsOf(grown.parts)[0]).toContain('too large')
    expect([...broken.copies, ...grown.copies]).toEqual([])
  })

  it('is no longer fetched when the turn is stopped', async () => {
    const stop = new AbortController()
    const port = await serve(() => stop.abort(new Error('stopped')))
    const { outgoingFolder, reply } = writer({ signal: stop.signal })
    const taken = reply.take({ text: '', media: [{ source: { url: `http://public.test:${port}/` } }] })
    await expect(taken).rejects.toThrow('stopped')
    expect(namesIn(outgoingFolder)).toEqual([])
  })
})

describe('a notice above the answer', () => {
  const notices = [notReadNotice('file', 'too-large')]

  it('is part of its first message, and takes no send of its own', async () => {
    const { reply } = writer({ notices, written: '看看这个文件', config: { chunkMode: 'newline' } })
    await reply.take({ text: 'I could **not** read it.' })
    expect(textsOf(await reply.end())).toEqual(['[文件：未读取，文件太大]\nI could not read it.'])
  })

  it('is sent although the agent writes nothing', async () => {
    const { reply } = writer({ notices, config: { replyLanguage: 'en' } })
    expect(textsOf(await reply.end())).toEqual(['[file: not read, too large]'])
  })

  it('is sent once when the answer is sent in blocks', async () => {
    const config = {
      replyLanguage: 'en',
      blockStreaming: true,
      draftChunk: { minChars: 10, maxChars: 40 },
    }
    const { reply } = writer({ notices, config })
    expect(reply.unsaid).toEqual(notices)
    await reply.take({ text: 'The first paragraph.\n\nThe second paragraph.\n\n' })
    expect(reply.unsaid).toEqual([])
    expect(JSON.stringify(await reply.end())).not.toContain('not read')
  })
})

it('quotes the last message of the turn in a group, with its first text', async () => {
  const { reply } = writer({ conversation: group, config: { textChunkLimit: 16 } })
  await reply.take({ text: 'first part and second part' })
  const [first, ...others] = await reply.end()
  expect(first).toMatchObject({ quoteMessageId: 'm2' })
  expect(others).not.toEqual([])
  for (const part of others) expect(part).not.toHaveProperty('quoteMessageId')
})

it('quotes once when the reply goes out in blocks', async () => {
  const draftChunk = { minChars: 1, maxChars: 10 }
  const { reply, committed } = writer({ conversation: group, config: { blockStreaming: true, draftChunk } })
  await reply.take({ text: 'One two.\n\nThree four.\n\nFive' })
  const rest = await reply.end()
  const parts = [...committed.flat(), ...rest]
  expect(committed).not.toEqual([])
  expect(parts.map((part) => 'quoteMessageId' in part)).toEqual([true, ...parts.slice(1).map(() => false)])
})

it('quotes nothing in a direct chat', async () => {
  const { reply } = writer()
  await reply.take({ text: 'hello' })
  expect(await reply.end()).toEqual([{ text: 'hello' }])
})
/** A folder that was never made is empty. */
function namesIn(folder: string): string[] {
  return readdirSync(join(folder, '..')).includes('outgoing') ? readdirSync(folder) : []
}
