/**
 * The phone of the sandbox as a boundary: no other gateway has it, and nobody but a session or the token may use it.
 */

import { afterEach, expect, it, vi } from 'vitest'
import { fakeTarget } from '../../test/fake-target.ts'
import { phoneRoutes } from '../api/phone-routes.ts'
import { createLog } from '../log/logger.ts'
import type { MovableClock } from '../sandbox/clock.ts'
import { Chats } from '../sandbox/phone/chats.ts'
import { PhoneDesk } from '../sandbox/phone/phone-desk.ts'
import { People, type PhoneLine } from '../sandbox/phone/phone-line.ts'
import { type ControlServer, listen } from './server.ts'

const token = 'the-right-token'
const group = { id: 'g', name: 'Group' }
const say = vi.fn<PhoneLine['say']>(async () => undefined)
const line: PhoneLine = {
  people: new People((number) => `p${number}`),
  groups: [group],
  chats: new Chats(),
  say,
  refresh: async () => undefined,
  isTyping: async () => false,
}
const advance = vi.fn<MovableClock['advance']>()
const desk = new PhoneDesk(async () => new Map([['a', line]]), { advance })
let server: ControlServer

async function start(phone: PhoneDesk | undefined): Promise<void> {
  const { logger: log } = createLog({ format: 'json', write: () => undefined })
  server = await listen({ host: '127.0.0.1', port: 0, token, target: fakeTarget({ phone }), log })
}
afterEach(async () => {
  say.mockClear()
  advance.mockClear()
  await server.close()
})

const bearer = { authorization: `Bearer ${token}` }
const routes = Object.values(phoneRoutes)

async function ask(path: string, headers: Record<string, string>, body?: unknown): Promise<Response> {
  const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  return fetch(server.url + path, { headers, ...post })
}

async function openSession(): Promise<Record<string, string>> {
  const origin = server.url
  const { link } = JSON.parse(await (await ask('/api/dashboard/link', bearer, {})).text())
  const opened = await ask('/api/dashboard/session', { origin }, { link })
  const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { origin, cookie, 'x-moltbot-key': JSON.parse(await opened.text()).key }
}

it('exists in no gateway but that of a sandbox, whoever asks', async () => {
  await start(undefined)
  const session = await openSession()
  for (const { method, path } of routes)
    for (const headers of [bearer, session])
      expect((await ask(path, headers, method === 'POST' ? {} : undefined)).status, path).toBe(404)
  const document = JSON.parse(await (await ask('/api/openapi.json', bearer)).text())
  expect(Object.keys(document.paths).filter((path) => path.includes('phone'))).toEqual([])
})

it('is for the token and for sessions of the own page', async () => {
  await start(desk)
  const { 'x-moltbot-key': _, ...withoutKey } = await openSession()
  for (const { method, path } of routes) {
    const body = method === 'POST' ? {} : undefined
    expect((await ask(path, {}, body)).status, path).toBe(401)
    expect((await ask(path, withoutKey, body)).status, path).toBe(401)
    const foreign = { ...bearer, origin: 'https://evil.example' }
    expect((await ask(path, foreign, body)).status, path).toBe(403)
  }
  expect((await ask('/api/phone', await openSession())).status).toBe(200)
  const document = JSON.parse(await (await ask('/api/openapi.json', bearer)).text())
  expect(document.paths).toHaveProperty(['/api/phone/chat', 'post'])
})

const chat = { accountId: 'a', personId: 'p1' }
const file = (bytes: number, more: object = {}) => ({
  ...chat,
  file: { kind: 'file', name: 'f', base64: Buffer.alloc(bytes).toString('base64'), ...more },
})

it.each([
  ['a text', { ...chat, text: 'hi' }, 201],
  ['a text in a group', { ...chat, groupId: 'g', text: 'hi', mentionsBot: true }, 201],
  ['the largest file', file(5 * 1024 * 1024), 201],
  ['nothing', chat, 400],
  ['white space', { ...chat, text: ' \n' }, 400],
  ['a text that is too long', { ...chat, text: 'x'.repeat(10_001) }, 400],
  ['a file that is too large', file(5 * 1024 * 1024 + 100_000), 413],
  ['a file without a name', file(1, { name: '' }), 400],
  ['what is not base64', file(1, { base64: '<script>' }), 400],
  ['a kind that people do not send', file(1, { kind: 'text' }), 400],
  ['more than is asked for', { ...chat, text: 'hi', to: 'x' }, 400],
  ['somebody who is not there', { ...chat, personId: 'p9', text: 'hi' }, 404],
  ['a group that is not there', { ...chat, groupId: 'x', text: 'hi' }, 404],
  ['an account that is not there', { ...chat, accountId: '__proto__', text: 'hi' }, 404],
])('takes or refuses %s', async (_, body, status) => {
  await start(desk)
  expect((await ask('/api/phone/chat', bearer, body)).status).toBe(status)
  expect(say).toHaveBeenCalledTimes(status === 201 ? 1 : 0)
})

it('keeps the usual limit for other bodies, those of the phone included', async () => {
  await start(desk)
  const name = 'x'.repeat(70_000)
  expect((await ask('/api/phone/people', bearer, { accountId: 'a', name })).status).toBe(413)
  expect((await ask('/api/pairing/reject', bearer, { code: name })).status).toBe(413)
})

it.each(['', '   ', 'x'.repeat(41)])('has nobody called %j', async (name) => {
  await start(desk)
  expect((await ask('/api/phone/people', bearer, { accountId: 'a', name })).status).toBe(400)
})

it.each([
  [60_000, 200],
  [24 * 60 * 60_000, 200],
  [24 * 60 * 60_000 + 1, 400],
  [0, 400],
  [-1, 400],
  [0.5, 400],
  ['60000', 400],
  [undefined, 400],
])('moves the clock ahead, a day at most: %j', async (advanceMs, status) => {
  await start(desk)
  expect((await ask('/api/phone/clock', bearer, { advanceMs })).status).toBe(status)
  const movedMs = advance.mock.calls.flat().reduce((sum, ms) => sum + ms, 0)
  expect(movedMs).toBe(status === 200 ? advanceMs : 0)
})

it('makes a sound file of the samples of a voice message', async () => {
  await start(desk)
  const base64 = Buffer.from([1, 2, 3, 4]).toString('base64')
  await ask('/api/phone/chat', bearer, { ...chat, file: { kind: 'voice', name: 'v', base64 } })
  const wav = Buffer.from(say.mock.calls[0]?.[2].file?.base64 ?? '', 'base64')
  expect(wav.toString('latin1', 0, 4) + wav.toString('latin1', 8, 12)).toBe('RIFFWAVE')
  expect([...wav.subarray(44)]).toEqual([1, 2, 3, 4])
  expect(wav.readUInt32LE(4)).toBe(wav.length - 8)
})
