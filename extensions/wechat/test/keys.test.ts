/**
 * Each key of `channels.wechat` has its documented effect. The policies are tested in `policy/`, logins, QR codes and
 * accounts in `channel.test.ts`.
 */

import { writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type Chat, type ChatOptions, openChat, room } from './chat.ts'
import { alice } from './samples.ts'

let chat: Chat
afterEach(() => chat.close())

const open = async (config: object, options?: ChatOptions) => {
  chat = await openChat({ dmPolicy: 'open', ...config }, options)
}
const bob = { sender: { id: 'o9Bob' }, conversation: { kind: 'direct', id: 'o9Bob' } } as const

describe('the group messages for the agent', () => {
  it.each<[sentence: string, config: object, context: string[] | undefined]>([
    ['are 20 by default, the newest', {}, Array.from({ length: 20 }, (_, n) => `line ${n + 5}`)],
    ['are limited by historyLimit', { historyLimit: 2 }, ['line 23', 'line 24']],
    ['are none if historyLimit is 0', { historyLimit: 0 }, undefined],
    ['are limited by the group', { historyLimit: 9, groups: { [room]: { historyLimit: 1 } } }, ['line 24']],
    [
      'are limited by "*"',
      { historyLimit: 9, groups: { '*': { historyLimit: 1 }, [room]: { enabled: true } } },
      ['line 24'],
    ],
  ])('%s', async (_sentence, config, context) => {
    await open(config)
    for (let n = 0; n < 25; n++) await chat.post(`line ${n}`)
    await chat.post('@Bot well?')
    await chat.rest()
    expect(chat.turn().context?.map(({ text }) => text)).toEqual(context)
  })
})

describe('the user turns of a direct chat that the agent sees', () => {
  it.each<[sentence: string, config: object, limit: number]>([
    ['are 10 by default', {}, 10],
    ['are limited by dmHistoryLimit', { dmHistoryLimit: 3 }, 3],
    ['have no limit if it is 0', { dmHistoryLimit: 0 }, 0],
    ['are limited by dms for the user', { dms: { [alice]: { historyLimit: 4 } } }, 4],
    ['are limited by "*" of dms', { dms: { '*': { historyLimit: 5 } } }, 5],
    ['are not limited by dms for another user', { dms: { o9Bob: { historyLimit: 4 } } }, 10],
  ])('%s', async (_sentence, config, limit) => {
    await open(config)
    await chat.write('hello')
    await chat.rest()
    expect(chat.turn().historyLimit).toBe(limit)
  })
})

describe('an answer', () => {
  const twoParagraphs = 'One paragraph.\n\nAnd another.'
  const code = `\`\`\`\n${'x = 1\n'.repeat(20)}\`\`\``
  it.each<[sentence: string, config: object, options: ChatOptions, answer: string, sent: string[]]>([
    ['is one message if it fits', {}, {}, twoParagraphs, [twoParagraphs]],
    [
      'is never longer than textChunkLimit',
      { textChunkLimit: 16 },
      {},
      twoParagraphs,
      ['One paragraph.\n\n', 'And another.'],
    ],
    [
      "nor than the puppet's own limit, if that is smaller",
      { textChunkLimit: 2_000 },
      { shape: { maxTextLength: 16, markdown: 'none' } },
      twoParagraphs,
      ['One paragraph.\n\n', 'And another.'],
    ],
    [
      'is split at blank lines first if chunkMode is newline',
      { chunkMode: 'newline' },
      {},
      twoParagraphs,
      ['One paragraph.\n\n', 'And another.'],
    ],
    [
      'is plain text if the puppet shows no Markdown',
      {},
      { shape: { maxTextLength: 2_000, markdown: 'none' } },
      '## Title\n\n**bold** [docs](https://e.org)',
      ['Title\n\nbold docs (https://e.org)'],
    ],
    [
      'keeps the Markdown that the puppet shows',
      {},
      { shape: { maxTextLength: 2_000, markdown: 'subset' } },
      '**bold**',
      ['**bold**'],
    ],
    [
      'has a file with the text that exceeds the send budget',
      { textChunkLimit: 64, replyLanguage: 'en' },
      { link: { sendsLeft: async () => 2 } },
      code,
      ['file:reply.md'],
    ],
  ])('%s', async (_sentence, config, options, answer, sent) => {
    await open(config, options)
    chat.host.agent = async () => answer
    await chat.write('go on')
    await chat.rest()
    expect(chat.sent).toEqual(sent)
  })

  it.each<[sentence: string, config: object, blocks: boolean, sent: string[]]>([
    ['is sent at its end by default', {}, false, [twoParagraphs]],
    ['is sent at its end under streamMode partial', { streamMode: 'partial' }, false, [twoParagraphs]],
    ['is sent at its end under streamMode off', { streamMode: 'off' }, false, [twoParagraphs]],
    [
      'is sent block by block under streamMode block',
      { streamMode: 'block', draftChunk: { minChars: 1, maxChars: 800 } },
      true,
      ['One paragraph.', 'And another.'],
    ],
    [
      'is sent block by block with blockStreaming',
      { blockStreaming: true, draftChunk: { minChars: 1, maxChars: 800 } },
      true,
      ['One paragraph.', 'And another.'],
    ],
    [
      'is sent in blocks of at least draftChunk.minChars',
      { blockStreaming: true, draftChunk: { minChars: 200, maxChars: 800 } },
      true,
      [twoParagraphs],
    ],
    [
      'is sent in blocks of at most draftChunk.maxChars',
      { blockStreaming: true, draftChunk: { minChars: 1, maxChars: 16 } },
      true,
      ['One paragraph.', 'And another.'],
    ],
  ])('%s', async (_sentence, config, blocks, sent) => {
    await open(config)
    chat.host.agent = async () => twoParagraphs
    await chat.write('go on')
    await chat.rest()
    expect(chat.turn().blocks).toBe(blocks)
    expect(chat.sent).toEqual(sent)
  })
})

describe('a file from a user', () => {
  const tenMegabytes = 10 * 1024 * 1024
  it.each<[sentence: string, config: object, maxBytes: number]>([
    ['is downloaded up to 25 MB', {}, 25 * 1024 * 1024],
    ['is downloaded up to mediaMaxMb', { mediaMaxMb: 3 }, 3 * 1024 * 1024],
    ["or up to the puppet's own limit, if that is smaller", { mediaMaxMb: 20 }, tenMegabytes],
  ])('%s', async (_sentence, config, maxBytes) => {
    const asked: number[] = []
    const link = {
      ...('mediaMaxMb' in config && { maxMediaBytes: tenMegabytes }),
      fetchMedia: async (_id: string, path: string, most: number) => {
        asked.push(most)
        await writeFile(path, 'plain')
        return { name: 'notes.txt', sizeBytes: 5 }
      },
    }
    await open(config, { link })
    await chat.write('[file]', { kind: 'file' })
    await chat.rest()
    expect(asked).toEqual([maxBytes])
    expect(chat.turn().messages[0]?.media).toMatchObject([{ name: 'notes.txt', kind: 'file' }])
  })
})

describe('a notice of the channel', () => {
  const chinese = /^[^A-Za-z]*抱歉/
  it.each<[sentence: string, config: object, text: string, notice: RegExp]>([
    ['is Chinese if the user writes Chinese', {}, '你好', chinese],
    ['is in both languages otherwise', {}, 'hello', /^Sorry[\s\S]*抱歉/],
    ['is English under replyLanguage en', { replyLanguage: 'en' }, '你好', /^Sorry[^抱]*$/],
    ['is Chinese under replyLanguage zh-CN', { replyLanguage: 'zh-CN' }, 'hello', chinese],
  ])('%s', async (_sentence, config, text, notice) => {
    await open(config)
    chat.host.agent = () => Promise.reject(new Error('no'))
    await chat.write(text)
    await chat.rest()
    expect(chat.sent).toEqual([expect.stringMatching(notice)])
  })
})

describe('a turn', () => {
  it.each<[sentence: string, config: object, changes: object]>([
    [
      "has the group's own instructions",
      { groups: { [room]: { systemPrompt: 'Be brief.' } } },
      { systemPrompt: 'Be brief.' },
    ],
    [
      'has the system prompt of all groups',
      { groups: { '*': { systemPrompt: 'Be kind.' } } },
      { systemPrompt: 'Be kind.' },
    ],
    [
      'has the tools that the group allows',
      { groups: { [room]: { tools: ['time'] } } },
      { tools: [{ allow: ['time'] }] },
    ],
    [
      'has the tools that the sender may use',
      { groups: { [room]: { toolsBySender: { [alice]: [] } } } },
      { tools: [{ allow: [] }] },
    ],
  ])('%s', async (_sentence, config, changes) => {
    await open(config)
    await chat.post('@Bot tell me')
    await chat.rest()
    expect(chat.turn()).toMatchObject(changes)
  })

  it('has the tools that dms allows for each user', async () => {
    await open({ dms: { [alice]: { tools: ['time'] }, '*': { tools: { deny: ['time'] } } } })
    await chat.write('hello')
    await chat.rest()
    expect(chat.turn().tools).toEqual([{ allow: ['time'] }])
    await chat.write('hello', bob)
    await chat.rest()
    expect(chat.turn().tools).toEqual([{ deny: ['time'] }])
  })
})
