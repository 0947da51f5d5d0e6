/**
 * Voice messages and images, sent and quoted, end to end: the real gateway, the real backend protocol, and the requests to
 * models.
 */

import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf, fakeApiKey } from './support/config.ts'
import { GatewayHome, type RunningGateway } from './support/gateway.ts'

/** A tenth of a second of silence, as WeChat encodes it. */
const silk =
  'AiMhU0lMS19WMwsA6bcDgUT+A3Qs+38MAOm3A4FFxtEz2t0ZvwwA6bcDgUXG0TPa3Rm/DADptwOBRcbRM9rdGb8MAOm3A4FFxtEz2t0Zvw=='
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

let backend: Backend
let model: ModelServer
let home: GatewayHome
let gateway: RunningGateway
let botId: string

const configWith = (input: readonly string[], tools: object = {}) => {
  const api = 'openai-completions'
  const fake = { baseUrl: model.baseUrl, apiKey: fakeApiKey, api, models: [{ id: 'fake-1', input }] }
  return { ...configOf(backend, model.baseUrl, { alpha: {} }), models: { providers: { fake } }, tools }
}

beforeAll(async () => {
  backend = await startBackend()
  model = await startModelServer({ transcript: () => 'see you tomorrow' })
  home = new GatewayHome(configWith(['text', 'image', 'audio']))
  gateway = await home.startReady()
  const { url } = await gateway.line({ event: 'account.qr', accountId: 'alpha' })
  botId = (await backend.scanAndConfirm(String(url), 'o9Owner@im.wechat')).botId
  await gateway.line({ event: 'account.state', accountId: 'alpha', state: 'online' })
}, 120_000)
afterAll(async () => {
  await home.dispose()
  await Promise.all([backend.close(), model.close()])
})

/** The request that the model gets for a message. */
async function askedAfter(message: object) {
  const answered = (await backend.replies(botId)).length
  await backend.control.inbound({ botId, ...message })
  await backend.repliesOf(botId, answered + 1)
  const request = model.requests.at(-1)
  return { text: request?.lastUserText, body: JSON.stringify(request?.body) }
}

const voice = async (more: object = {}) => ({
  item: await backend.control.media({ kind: 'voice', base64: silk, ...more }),
})
const wavStart = Buffer.from('RIFF').toString('base64').slice(0, 5)

it("a voice message with WeChat's transcript becomes its text", { timeout: 60_000 }, async () => {
  expect((await askedAfter(await voice({ text: '你好' }))).text).toBe('你好')
})

it('a voice message without a transcript is sent as WAV to a model with audio input', {
  timeout: 60_000,
}, async () => {
  const { text, body } = await askedAfter(await voice())
  expect(body).toMatch(new RegExp(`"input_audio":\\{"data":"${wavStart}[^"]+","format":"wav"\\}`))
  expect(text).toMatch(/"kind":"voice".*played as sound/)
})

it('a quoted image is sent with the question about it', { timeout: 60_000 }, async () => {
  const item = await backend.control.media({ kind: 'image', base64: png })
  const { text, body } = await askedAfter({ text: 'what is this?', quote: { item } })
  expect(body).toContain(`data:image/png;base64,${png}`)
  expect(text).toMatch(/^<untrusted-data .*<\/untrusted-data>\nwhat is this\?$/s)
})

it('a voice message becomes the text of the transcription model, if there is one', {
  timeout: 60_000,
}, async () => {
  const models = [{ provider: 'fake', model: 'hear-1' }]
  home.configure(configWith(['text'], { media: { audio: { models } } }))
  await gateway.line({ event: 'config.applied' })
  const { text } = await askedAfter(await voice())
  expect(text).toContain('see you tomorrow')
  expect(model.transcriptions).toMatchObject([{ fields: { model: 'hear-1' }, file: { type: 'audio/wav' } }])
})

it('a voice message that no model accepts is mentioned, and the turn is answered', {
  timeout: 60_000,
}, async () => {
  model.fail({ status: 400, times: 1 })
  const { text, body } = await askedAfter(await voice())
  expect(text).toMatch(/"kind":"voice".*not shown: voices cannot be played/)
  expect(body).not.toContain('input_audio')
  await gateway.line({ msg: 'a voice was not transcribed', model: 'fake/hear-1' })
})
