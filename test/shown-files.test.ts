/**
 * Files of messages that an operator can look at, from the message to the end of their time: on a real gateway, through
 * the control API, over a backup and a restore.
 */

import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MessagesAnswer } from '../packages/gateway/src/api/answers.ts'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'
import { until } from './support/process.ts'

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
/** A tenth of a second of silence, as WeChat encodes it. */
const silk =
  'AiMhU0lMS19WMwsA6bcDgUT+A3Qs+38MAOm3A4FFxtEz2t0ZvwwA6bcDgUXG0TPa3Rm/DADptwOBRcbRM9rdGb8MAOm3A4FFxtEz2t0Zvw=='
const owner = 'o9Owner@im.wechat'
const dayMs = 86_400_000

let backend: Backend
let config: object
let home: GatewayHome
let gateway: RunningGateway
let url: string
let botId: string

type Message = MessagesAnswer['messages'][number]

async function start(): Promise<void> {
  gateway = home.start()
  url = String((await gateway.line({ event: 'gateway.ready' })).url)
  await gateway.line({ event: 'account.state', accountId: 'alpha', state: 'online' })
}

beforeAll(async () => {
  backend = await startBackend()
  const agents = { defaults: { model: 'builtin/echo' } }
  config = { ...configOf(backend, 'http://127.0.0.1:9/v1', { alpha: { retentionDays: 1 } }), agents }
  home = new GatewayHome(config)
  gateway = home.start()
  const { url: code } = await gateway.line({ event: 'account.qr', accountId: 'alpha' })
  botId = (await backend.scanAndConfirm(String(code), owner)).botId
  url = String((await gateway.line({ event: 'gateway.ready' })).url)
  await gateway.line({ event: 'account.state', accountId: 'alpha', state: 'online' })
}, 120_000)
afterAll(async () => {
  await home.dispose()
  await backend.close()
})

const bearer = () => ({
  authorization: `Bearer ${readFileSync(join(home.stateDir, 'control-token'), 'utf8').trim()}`,
})
const ask = (path: string, headers: Record<string, string> = bearer()) => fetch(url + path, { headers })

async function messages(headers?: Record<string, string>): Promise<readonly Message[]> {
  const answer: MessagesAnswer = JSON.parse(await textOf(ask('/api/messages?accountId=alpha', headers)))
  return answer.messages
}

const idOf = ({ messageId }: Message) => messageId
const textOf = async (asked: Promise<Response>) => (await asked).text()

function askFile({ messageId, conversation }: Message, headers?: Record<string, string>): Promise<Response> {
  const query = {
    accountId: 'alpha',
    kind: conversation.kind,
    conversationId: conversation.id,
    messageId,
  }
  return ask(`/api/messages/file?${new URLSearchParams(query)}`, headers)
}

/** Sends a file to the bot, and waits until it is shown. */
async function sendFile(kind: 'image' | 'voice', base64: string): Promise<Message> {
  const known = new Set((await messages()).map(idOf))
  await backend.control.inbound({ botId, from: owner, item: await backend.control.media({ kind, base64 }) })
  return until(
    async () => (await messages()).find(({ messageId, file }) => !known.has(messageId) && file !== undefined),
    () => gateway.stdout(),
  )
}

const shownFolder = () => join(home.stateDir, 'wechat', 'shown')
const shownFiles = () => readdirSync(shownFolder()).toSorted()
/** To the second, as archives have them. */
const times = () =>
  shownFiles().map((name) => Math.floor(statSync(join(shownFolder(), name)).mtimeMs / 1_000))

/** As if the files were older. */
function ageFiles(ms: number): void {
  for (const name of shownFiles()) {
    const path = join(shownFolder(), name)
    const at = new Date(statSync(path).mtimeMs - ms)
    utimesSync(path, at, at)
  }
}

/** As if the messages were older, while no gateway runs. */
function ageMessages(ms: number): void {
  const store = new DatabaseSync(join(home.stateDir, 'wechat', 'wechat.sqlite'))
  store.exec(`UPDATE journal SET received_ms = received_ms - ${ms}`)
  store.close()
}

it('are handed out as they came; a voice message as sound that browsers play', {
  timeout: 60_000,
}, async () => {
  const picture = await askFile(await sendFile('image', png))
  expect(picture.headers.get('content-type')).toBe('image/png')
  expect(Buffer.from(await picture.arrayBuffer()).toString('base64')).toBe(png)
  const voice = await sendFile('voice', silk)
  expect(voice).toMatchObject({
    kind: 'voice',
    file: { kind: 'audio', name: expect.stringMatching(/\.wav$/) },
  })
  const sound = await askFile(voice)
  expect(sound.headers.get('content-type')).toBe('audio/wav')
  expect(Buffer.from(await sound.arrayBuffer()).toString('latin1', 0, 4)).toBe('RIFF')
})

it('are there after a backup and a restore, and no longer than before', { timeout: 90_000 }, async () => {
  const shown = await sendFile('image', png)
  ageFiles(dayMs / 2)
  const before = { names: shownFiles(), times: times() }
  const file = join(home.folder, 'state.tar.gz')
  expect((await home.moltbot('state', 'backup', file)).stderr).toBe('')
  await gateway.stop()
  rmSync(home.stateDir, { recursive: true })
  await home.moltbot('state', 'restore', file)
  await start()
  expect({ names: shownFiles(), times: times() }).toEqual(before)
  const picture = await askFile(shown)
  expect(Buffer.from(await picture.arrayBuffer()).toString('base64')).toBe(png)
})

it('are gone from the disk with the texts of their messages, and not before', {
  timeout: 90_000,
}, async () => {
  const old = (await messages()).filter(({ file }) => file !== undefined)
  expect(old.length).toBeGreaterThan(1)
  await gateway.stop()
  ageMessages(2 * dayMs)
  ageFiles(2 * dayMs)
  await start()
  const young = await sendFile('image', png)
  const gone = () => Promise.all(old.map(async (message) => (await askFile(message)).status === 404))
  await until(
    async () => (await gone()).every(Boolean) || undefined,
    () => gateway.stdout(),
  )
  expect(await (await askFile(old[0] ?? young)).json()).toMatchObject({ error: { code: 'file-gone' } })
  expect(shownFiles()).toHaveLength(2) // The file, and its name.
  expect((await askFile(young)).status).toBe(200)
  const left = await messages()
  expect(left.filter(({ file }) => file !== undefined).map(idOf)).toEqual([young.messageId])
  expect(left.map(idOf)).toEqual(expect.arrayContaining(old.map(idOf)))
})

it('are shown to no browser where texts are not, and not stored any more', { timeout: 90_000 }, async () => {
  const [message] = (await messages()).filter(({ file }) => file !== undefined)
  if (message === undefined) throw new Error('there is no file')
  const browser = await openSession()
  expect((await askFile(message, browser)).status).toBe(200)
  home.configure({ ...config, dashboard: { showTexts: false } })
  await until(
    async () => (await askFile(message, browser)).status !== 200 || undefined,
    () => gateway.stdout(),
  )
  expect(await (await askFile(message, browser)).json()).toMatchObject({ error: { code: 'texts-hidden' } })
  const shown = await messages(browser)
  expect(shown.length).toBeGreaterThan(0)
  for (const one of shown) expect(one).toMatchObject({ text: '' })
  expect(JSON.stringify(shown)).not.toMatch(/"file":|"name":"/)

  await gateway.stop()
  await start()
  await until(
    () => shownFiles().length === 0 || undefined,
    () => shownFiles().join(),
  )
  const replies = (await backend.replies(botId)).length
  await backend.control.inbound({
    botId,
    from: owner,
    item: await backend.control.media({ kind: 'image', base64: png }),
  })
  await backend.repliesOf(botId, replies + 1)
  expect((await askFile(message)).status).toBe(404)
  expect(shownFiles()).toEqual([])
})

/** What the dashboard of a browser sends. */
async function openSession(): Promise<Record<string, string>> {
  const post = (path: string, body: object, headers: Record<string, string>) =>
    fetch(url + path, { method: 'POST', body: JSON.stringify(body), headers })
  const { link } = JSON.parse(await textOf(post('/api/dashboard/link', {}, bearer())))
  const session = await post('/api/dashboard/session', { link }, { origin: url })
  const cookie = session.headers.getSetCookie().map((one) => one.split(';')[0])
  return { cookie: cookie.join('; '), 'x-moltbot-key': JSON.parse(await session.text()).key }
}
