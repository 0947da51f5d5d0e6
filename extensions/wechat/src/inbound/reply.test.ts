import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Conversation } from '@moltbot/channel-sdk'
import { expect, it, vi } from 'vitest'
import { messageFrom, recordingLog, temporaryFolder, withAlice } from '../../test/samples.ts'
import { resolveAccounts } from '../config/resolve.ts'
import { wechatConfigSchema } from '../config/schema.ts'
import { Composer } from '../outbound/compose.ts'
import { openSqliteStore } from '../store/sqlite-store.ts'
import { ReplyWriter } from './reply.ts'

const group: Conversation = { kind: 'group', id: 'room@chatroom' }

function writer(conversation: Conversation = withAlice, config: object = {}) {
  const folder = temporaryFolder()
  const outgoingFolder = join(folder, 'outgoing')
  const [account] = resolveAccounts(wechatConfigSchema.parse({ puppet: 'ilink', mediaMaxMb: 1, ...config }))
  if (account === undefined) throw new Error('no account')
  const composer = new Composer({
    account,
    shape: () => undefined,
    sendsLeft: () => undefined,
    outgoingFolder,
  })
  const options = {
    channelId: 'wechat',
    account,
    store: openSqliteStore(join(folder, 'store.sqlite')).store,
    host: {
      async *runTurn() {
        yield { text: '' }
      },
      report: () => undefined,
    },
    link: () => undefined,
    wakeOutbox: () => undefined,
    composer,
    mediaFolder: join(folder, 'media'),
    outgoingFolder,
    log: recordingLog(),
    now: () => 0,
  }
  const messages = ['m1', 'm2'].map((id) => messageFrom('alice', id, { conversation }))
  const turn = {
    id: 't',
    accountId: 'default',
    conversation,
    messages,
    history: [],
    partlyAnswered: false,
  }
  return { folder, outgoingFolder, store: options.store, reply: new ReplyWriter(options, turn) }
}

it('sends the caption, then its own copy of the file', async () => {
  const { folder, reply } = writer()
  writeFileSync(join(folder, 'plan.txt'), 'the plan')
  await reply.take({ text: 'here', media: [{ source: { path: join(folder, 'plan.txt') } }] })
  const parts = await reply.end()
  expect(parts[0]).toEqual({ text: 'here' })
  expect(parts[1]).toMatchObject({ file: { name: 'plan.txt' } })
})

it.each([
  ['is not there', undefined, 'not available'],
  ['is over the limit', Buffer.alloc(1024 * 1024 + 1), 'too large'],
])('names a file that %s, and no path of this machine', async (_what, content, why) => {
  const { folder, reply } = writer()
  const path = join(folder, 'plan.txt')
  if (content !== undefined) writeFileSync(path, content)
  await reply.take({ text: 'here', media: [{ source: { path } }] })
  const parts = await reply.end()
  expect(parts).toEqual([{ text: `here\n[plan.txt: ${why}]` }])
  expect(JSON.stringify(parts)).not.toContain(folder)
})

it('leaves no copy behind when the turn has no answer', async () => {
  const { folder, outgoingFolder, reply } = writer()
  writeFileSync(join(folder, 'plan.txt'), 'the plan')
  await reply.take({ text: '', media: [{ source: { path: join(folder, 'plan.txt') } }] })
  expect(readdirSync(outgoingFolder)).toHaveLength(1)
  await reply.discard()
  expect(readdirSync(outgoingFolder)).toEqual([])
})

it('quotes the last message of the turn in a group, with its first text', async () => {
  const { reply } = writer(group, { textChunkLimit: 16 })
  await reply.take({ text: 'first part and second part' })
  const [first, ...others] = await reply.end()
  expect(first).toMatchObject({ quoteMessageId: 'm2' })
  expect(others).not.toEqual([])
  for (const part of others) expect(part).not.toHaveProperty('quoteMessageId')
})

it('quotes once when the reply goes out in blocks', async () => {
  const draftChunk = { minChars: 1, maxChars: 10 }
  const { reply, store } = writer(group, { blockStreaming: true, draftChunk })
  const committed = vi.spyOn(store, 'commitBlock')
  await reply.take({ text: 'One two.\n\nThree four.\n\nFive' })
  const rest = await reply.end()
  const parts = [...committed.mock.calls.flatMap(([, parts]) => parts), ...rest]
  expect(committed).toHaveBeenCalled()
  expect(parts.map((part) => 'quoteMessageId' in part)).toEqual([true, ...parts.slice(1).map(() => false)])
})

it('quotes nothing in a direct chat', async () => {
  const { reply } = writer()
  await reply.take({ text: 'hello' })
  expect(await reply.end()).toEqual([{ text: 'hello' }])
})
