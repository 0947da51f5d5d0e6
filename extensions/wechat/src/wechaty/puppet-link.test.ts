import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { MoltbotError } from '@moltbot/channel-sdk'
import { FileBox, type FileBoxInterface } from 'file-box'
import { afterEach, describe, expect, it } from 'vitest'
import { PuppetMock } from 'wechaty-puppet-mock'
import { eventually, temporaryFolder, withAlice } from '../../test/samples.ts'
import { puppetLink } from './puppet-link.ts'

const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)
process.on('unhandledRejection', note)
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve))
  expect(unhandled.splice(0)).toEqual([])
})

const live = new AbortController().signal
const reason = new Error('the account stops')
const never = () => new Promise<never>(() => undefined)
const text = { text: 'hello' }

/** Settles as the work does, after its signal was aborted. */
function aborted<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const stop = new AbortController()
  const result = work(stop.signal)
  stop.abort(reason)
  return result
}

function linkTo(members: object, ended = live) {
  return puppetLink(Object.assign(new PuppetMock(), members), ended)
}

function localFile() {
  const path = join(temporaryFolder(), 'picture.png')
  writeFileSync(path, 'x')
  return { path, name: 'picture.png' }
}

describe('as soon as its signal aborts, whatever the puppet does', () => {
  it.each(['messageSendText', 'sendText'])('a text ends (%s)', async (member) => {
    const link = linkTo({ [member]: never })
    await expect(aborted((signal) => link.sendText(withAlice, text, 'c1', signal))).rejects.toBe(reason)
  })

  it.each(['messageSendFile', 'sendFile'])('a file ends (%s)', async (member) => {
    const link = linkTo({ [member]: never })
    await expect(aborted((signal) => link.sendFile(withAlice, localFile(), 'c1', signal))).rejects.toBe(
      reason,
    )
  })

  it('media ends, and a stream that comes late is destroyed', async () => {
    const late = Promise.withResolvers<FileBoxInterface>()
    const stream = new PassThrough()
    const link = linkTo({ messageFile: () => late.promise })
    const path = join(temporaryFolder(), 'media')
    await expect(aborted((signal) => link.fetchMedia('m1', path, 10, signal))).rejects.toBe(reason)
    late.resolve(boxOf(stream))
    await eventually(() => expect(stream.destroyed).toBe(true))
    expect(existsSync(path)).toBe(false)
  })

  it('media that is on its way ends, and leaves no file', async () => {
    const stream = new PassThrough()
    const link = linkTo({ messageFile: async () => boxOf(stream) })
    const path = join(temporaryFolder(), 'media')
    const stop = new AbortController()
    const fetched = link.fetchMedia('m1', path, 10, stop.signal)
    stream.write('half')
    await eventually(() => expect(existsSync(path)).toBe(true))
    stop.abort(reason)
    await expect(fetched).rejects.toBe(reason)
    await eventually(() => expect([stream.destroyed, existsSync(path)]).toEqual([true, false]))
  })
})

describe('when the session of its puppet ends', () => {
  const stopped = new MoltbotError('puppet-stopped', 'stopped', { retryable: true, certain: false })

  it('a send in flight ends, and may have been done', async () => {
    const session = new AbortController()
    const sent = linkTo({ messageSendText: never }, session.signal).sendText(withAlice, text, 'c1', live)
    session.abort(stopped)
    await expect(sent).rejects.toBe(stopped)
  })

  it('a later send is refused, and was surely not done', async () => {
    const link = linkTo({}, AbortSignal.abort(stopped))
    await expect(link.sendText(withAlice, text, 'c1', live)).rejects.toMatchObject({
      code: 'puppet-unreachable',
      certain: true,
      retryable: true,
    })
  })
})

describe('the sends that a conversation has left', () => {
  it.each([
    ['a value', () => ({ open: true, remaining: 3 }), 3],
    ['a promise', async () => ({ open: true, remaining: 3 }), 3],
    ['nothing, for it fails', () => Promise.reject(new Error('disk')), undefined],
  ])('are those of a puppet that gives %s', async (_, sendWindow, left) => {
    expect(await linkTo({ sendWindow }).sendsLeft(withAlice)).toBe(left)
  })

  it('are not limited where the puppet knows no limit', async () => {
    expect(await linkTo({}).sendsLeft(withAlice)).toBeUndefined()
  })
})

it('typing never fails', async () => {
  const conversationTyping = () => {
    throw new Error('no')
  }
  await linkTo({ conversationTyping }).typing(withAlice, true)
})

/** A file whose content is `stream`. */
function boxOf(stream: Readable): FileBoxInterface {
  return FileBox.fromStream(stream, 'file')
}
