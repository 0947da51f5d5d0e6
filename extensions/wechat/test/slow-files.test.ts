/**
 * Files that do not come, and more files than the disk has room for: they cost their own turn and nobody else's.
 */

import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Capacity, DiskBudget } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it } from 'vitest'
import type { AccountLink } from '../src/model/link.ts'
import { gatherMedia } from '../src/turns/media.ts'
import { type Chat, openChat } from './chat.ts'
import { easyLink } from './flow.ts'
import { alice, eventually, messageFrom, recordingLog, temporaryFolder, withAlice } from './samples.ts'

describe('files that do not come', () => {
  let chat: Chat
  afterEach(() => chat.close())

  // 16: turns that are answered at once. 32: those that fetch files at once. 60: more than both together.
  it.each([16, 32, 60])('%i of them hold up no other conversation', async (count) => {
    let asked = 0
    const fetchMedia: AccountLink['fetchMedia'] = (_id, _path, _maxBytes, signal) => {
      asked++
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      )
    }
    chat = await openChat({ dmPolicy: 'open' }, { link: { fetchMedia } })
    const from = (id: string) => ({ sender: { id }, conversation: { kind: 'direct', id } }) as const
    for (let n = 0; n < count; n++) {
      await chat.write('look', { ...from(`o9Slow${n}`), kind: 'file' })
    }
    await eventually(() => expect(asked).toBe(Math.min(count, 32)))
    await chat.write('hello')
    await eventually(() => expect(chat.sent).toEqual(['answer to hello']))
  })
})

describe('the room on the disk', () => {
  const fetchFile: AccountLink['fetchMedia'] = async (_id, path, _maxBytes, _signal, grow) => {
    await grow?.(8)
    await writeFile(path, 'abcd')
    return { name: 'a.txt', sizeBytes: 4 }
  }
  const { signal } = new AbortController()

  function turnWith(files: number, disk: DiskBudget, id: string, fetchMedia = fetchFile) {
    const link = easyLink({ fetchMedia })
    const messages = Array.from({ length: files }, (_, n) =>
      messageFrom(alice, `${id}-${n}`, { kind: 'file' }),
    )
    const places = { fetching: new Capacity(1) }
    const account = { mediaMaxBytes: 10 }
    const mediaFolder = temporaryFolder()
    const options = { places, disk, account, mediaFolder, host: {}, link: () => link, log: recordingLog() }
    const claimed = {
      id,
      accountId: 'a',
      conversation: withAlice,
      attempt: 1,
      deaths: 0,
      messages,
      history: [],
    }
    const turn = gatherMedia({ ...claimed, partlyAnswered: false, undelivered: [] }, options)
    return { turn, folder: join(mediaFolder, id) }
  }

  it('is shared by all turns, and the last files are refused in words', async () => {
    const disk = new DiskBudget(() => 18)
    const first = turnWith(3, disk, 't1')
    expect((await first.turn.gather(signal)).media.size).toBe(3)
    expect(disk.held).toBe(12) // Bytes that the files have, not those that they took while they came.
    const second = turnWith(1, disk, 't2')
    const { media, missing } = await second.turn.gather(signal)
    expect(media.size).toBe(0)
    expect([...missing.values()].map(({ en }) => en)).toEqual([expect.stringContaining('too many files')])
    await second.turn.dispose()
    await first.turn.dispose()
    expect(existsSync(first.folder)).toBe(false)
    expect(disk.held).toBe(0)
  })

  it('is given back for a file that could not be fetched', async () => {
    const disk = new DiskBudget(() => 20)
    const { turn } = turnWith(1, disk, 't1', async (_id, _path, _maxBytes, _signal, grow) => {
      await grow?.(8)
      throw new Error('gone')
    })
    await turn.gather(signal)
    expect(disk.held).toBe(0)
  })
})
