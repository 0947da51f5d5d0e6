import { Readable } from 'node:stream'
import type { OpenedFile } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeTarget } from '../../test/fake-target.ts'
import { createLog } from '../log/logger.ts'
import { type ControlServer, listen } from './server.ts'
import type { FileOrder } from './target.ts'

const token = 'the-right-token'
let server: ControlServer
let showsTexts: boolean
let stored: Omit<OpenedFile, 'content'> | undefined
const asked = vi.fn()

beforeEach(async () => {
  showsTexts = true
  stored = { name: 'a.png', kind: 'image', mimeType: 'image/png', sizeBytes: 5 }
  asked.mockClear()
  const { logger } = createLog({ format: 'json', write: () => undefined })
  const messageFile = async (order: FileOrder) => {
    asked(order)
    return stored && { ...stored, content: Readable.from([Buffer.from('bytes')]) }
  }
  const target = fakeTarget({ showsTexts: () => showsTexts, messageFile })
  server = await listen({ host: '127.0.0.1', port: 0, token, target, log: logger })
})
afterEach(() => server.close())

const bearer = { authorization: `Bearer ${token}` }
const ofPart = 'accountId=a&part=7'
const get = (query: string, headers: Record<string, string> = bearer) =>
  fetch(`${server.url}/api/messages/file?${query}`, { headers })

async function session(): Promise<Record<string, string>> {
  const post = (path: string, headers: Record<string, string>, body: object) =>
    fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  const { link } = Object(await (await post('/api/dashboard/link', bearer, {})).json())
  const traded = await post('/api/dashboard/session', { origin: server.url }, { link })
  const { key } = Object(await traded.json())
  return { cookie: traded.headers.get('set-cookie')?.split(';')[0] ?? '', 'x-moltbot-key': key }
}

describe('a file of a message', () => {
  it.each([
    [ofPart, { accountId: 'a', partId: '7' }],
    ['kind=group&conversationId=r&messageId=m', { conversation: { kind: 'group', id: 'r' }, messageId: 'm' }],
  ])('is found by its ids: %s', async (query, order) => {
    const response = await get(query)
    expect(await response.text()).toBe('bytes')
    expect(asked).toHaveBeenCalledExactlyOnceWith(order)
  })

  it.each([
    '',
    'part=',
    `part=${'x'.repeat(501)}`,
    'part=7&path=/etc/passwd',
    'path=/etc/passwd',
    'kind=direct&conversationId=u',
    'kind=other&conversationId=u&messageId=m',
    `${ofPart}&kind=direct&conversationId=u&messageId=m`,
  ])('is not found by "%s"', async (query) => {
    expect((await get(query)).status).toBe(400)
    expect(asked).not.toHaveBeenCalled()
  })

  it.each([
    ['image/png', 'image/png', 'inline'],
    ['video/mp4', 'video/mp4', 'inline'],
    ['audio/wav', 'audio/wav', 'inline'],
    ['image/svg+xml', 'application/octet-stream', 'attachment'],
    ['text/html', 'application/octet-stream', 'attachment'],
    ['application/xml', 'application/octet-stream', 'attachment'],
    ['application/pdf', 'application/octet-stream', 'attachment'],
    ['image/tiff', 'application/octet-stream', 'attachment'],
    ['image/png\r\nx: y', 'application/octet-stream', 'attachment'],
  ])('of type %s is sent as %s, %s', async (mimeType, type, disposition) => {
    stored = stored && { ...stored, mimeType }
    const { headers } = await get(ofPart)
    expect(headers.get('content-type')).toBe(type)
    expect(headers.get('content-disposition')).toMatch(new RegExp(`^${disposition}; `))
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it.each(['"; filename="evil.html', 'a\r\nset-cookie: x=y', '报告.pdf', "it's*", '\ud800', '../../x'])(
    'with the name %j brings no header of its own',
    async (name) => {
      stored = stored && { ...stored, name }
      const { status, headers } = await get(ofPart)
      expect(status).toBe(200)
      expect(headers.get('content-disposition')).toMatch(/^inline; filename\*=UTF-8''[\w.%()!~*-]+$/)
      expect(headers.get('set-cookie')).toBeNull()
    },
  )

  it('that is not stored any more is a 404 in words', async () => {
    stored = undefined
    const response = await get(ofPart)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 'file-gone' } })
  })

  it('goes to the page of a session with its key, and to no other page', async () => {
    const own = await session()
    expect((await get(ofPart, own)).status).toBe(200)
    expect((await get(ofPart, { ...own, 'x-moltbot-key': '' })).status).toBe(401)
    expect((await get(ofPart, { ...own, origin: 'https://evil.example' })).status).toBe(403)
    expect((await get(ofPart, {})).status).toBe(401)
    expect((await get(ofPart, { cookie: own.cookie ?? '' })).status).toBe(401)
  })

  it('goes to no browser where texts are not shown', async () => {
    const own = await session()
    showsTexts = false
    const response = await get(ofPart, own)
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: { code: 'texts-hidden' } })
    expect(asked).not.toHaveBeenCalled()
    expect((await get(ofPart)).status).toBe(200)
  })

  it('is not opened by a request for its head', async () => {
    const head = await fetch(`${server.url}/api/messages/file?${ofPart}`, { method: 'HEAD', headers: bearer })
    expect(head.status).toBe(405)
    expect(asked).not.toHaveBeenCalled()
  })

  it('that breaks off ends its connection, and not the gateway', async () => {
    stored = stored && { ...stored, sizeBytes: 500 }
    const response = await get(ofPart)
    await expect(response.text()).rejects.toThrow()
    expect((await get('part=8')).status).toBe(200)
  })
})
