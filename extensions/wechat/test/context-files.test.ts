/**
 * Files of group messages that did not mention the bot: fetched when a question comes, within bounds.
 */

import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { afterEach, expect, it, vi } from 'vitest'
import type { FetchedMedia } from '../src/model/link.ts'
import { maxContextFiles } from '../src/turns/media.ts'
import { type Chat, openChat } from './chat.ts'
import { testHost } from './host.ts'

let chat: Chat
afterEach(() => chat.close())

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const fetchMedia = vi.fn(async (_id: string, path: string, _maxBytes: number): Promise<FetchedMedia> => {
  await writeFile(path, png)
  return { name: 'cat.png', sizeBytes: png.length }
})

/** @param maxBytes what the host takes */
async function open(maxBytes: number, config: object = {}): Promise<void> {
  fetchMedia.mockClear()
  const host = testHost()
  host.contextMediaMaxBytes = maxBytes
  chat = await openChat(config, { host, link: { fetchMedia } })
}

const picture = { kind: 'image', text: '[image]' } as const
const filesSeen = () => chat.turn().context?.map(({ media = [] }) => media.length)

it('a picture is there for the question that follows it, and is removed after the turn', async () => {
  await open(1_000)
  await chat.post('[image]', picture)
  expect(fetchMedia).not.toHaveBeenCalled()
  await chat.post('@Bot what is it?')
  await chat.rest()
  expect(chat.turn().context).toMatchObject([
    { media: [{ kind: 'image', name: 'cat.png', mimeType: 'image/png' }] },
  ])
  expect(existsSync(chat.turn().context?.[0]?.media?.[0]?.path ?? '')).toBe(false)
})

it('only the newest are fetched, as many bytes as the host takes', async () => {
  await open(png.length + 1)
  for (let n = 0; n < maxContextFiles + 2; n++) await chat.post('[image]', picture)
  await chat.post('[video]', { kind: 'video', text: '[video]' })
  await chat.post('@Bot what is it?')
  await chat.rest()
  expect(fetchMedia.mock.calls.map(([, , maxBytes]) => maxBytes)).toEqual([png.length + 1, 1])
  expect(filesSeen()).toEqual([0, 0, 0, 0, 1, 1, 0])
})

it('no file is fetched for a question that has one of its own', async () => {
  await open(1_000)
  await chat.post('[image]', picture)
  await chat.post('@Bot and this?', { kind: 'image' })
  await chat.rest()
  expect(fetchMedia).toHaveBeenCalledTimes(1)
  expect(filesSeen()).toEqual([0])
})

it('no file is fetched for a host that takes none', async () => {
  await open(0)
  await chat.post('[image]', picture)
  await chat.post('@Bot what is it?')
  await chat.rest()
  expect(fetchMedia).not.toHaveBeenCalled()
  expect(filesSeen()).toEqual([0])
})

it('a file of someone whom the policy keeps out of the history is not fetched', async () => {
  await open(1_000, { groupAllowFrom: ['o9Alice@im.wechat'] })
  await chat.post('[image]', { ...picture, sender: { id: 'o9Mallory' } })
  await chat.post('@Bot what is it?')
  await chat.rest()
  expect(fetchMedia).not.toHaveBeenCalled()
  expect(chat.turn().context).toBeUndefined()
})

it('a file that cannot be had is a name in the history, and the question is answered', async () => {
  await open(1_000)
  fetchMedia.mockRejectedValueOnce(new Error('gone'))
  await chat.post('[image]', picture)
  await chat.post('@Bot what is it?')
  await chat.rest()
  expect(filesSeen()).toEqual([0])
  expect(chat.sent).toEqual(['answer to what is it?'])
})
