/**
 * What a hostile page, a hostile program on another port and a thief of links get from the control plane.
 */

import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeTarget } from '../../test/fake-target.ts'
import { routes } from '../api/routes.ts'
import { EventHub } from '../events/event-hub.ts'
import { createLog } from '../log/logger.ts'
import { type ControlServer, listen } from './server.ts'

const token = 'the-right-token'
const events = new EventHub({ onError: () => undefined })
let server: ControlServer
let showsTexts: boolean

beforeEach(async () => {
  showsTexts = true
  server = await start()
})
afterEach(() => server.close())

const secret = 'what a person wrote'
const conversation = { kind: 'direct', id: 'u' } as const
const asking = {
  accountId: 'a',
  senderId: 'u',
  code: 'ABCDEFGH',
  messageId: 'm',
  loginId: '',
  senderName: 'Ann',
  text: secret,
  createdAtMs: 1,
  expiresAtMs: 2,
}
const facts = { id: '1', purpose: 'answer', state: 'sent', reason: '', createdMs: 1 } as const
const part = { ...facts, accountId: 'a', conversation, preview: secret }
const message = {
  position: 1,
  accountId: 'a',
  conversation,
  messageId: 'm',
  text: secret,
  receivedMs: 1,
  state: 'answered',
  reason: '',
  steps: [],
  attempts: 1,
  parts: [{ ...facts, text: secret, isFile: false, attempts: 1 }],
}

function start(): Promise<ControlServer> {
  const target = fakeTarget({
    events,
    showsTexts: () => showsTexts,
    listOutbox: async () => [part],
    messages: async () => ({ messages: [message], showsTexts }),
    pairing: () => ({
      list: async () => ({ pending: [asking], approved: [] }),
      approve: async () => ({ accountId: 'a', senderId: 'u', approvedAtMs: 1 }),
      reject: () => Promise.reject(new Error('not asked')),
    }),
  })
  const { logger } = createLog({ format: 'json', write: () => undefined })
  return listen({ host: '127.0.0.1', port: 0, token, target, log: logger })
}

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** fetch lets no caller choose `Host`, `Origin` and the path as it is. */
async function ask(
  path: string,
  headers: Record<string, string> = {},
  { method = 'GET', body, url = server.url }: { method?: string; body?: object; url?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const sent = request({ hostname, port, path, method, headers })
  sent.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = await once(sent, 'response')
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

const bearer = { authorization: `Bearer ${token}` }
const own = () => ({ origin: server.url })

async function makeLink(): Promise<string> {
  const { body } = await ask('/api/dashboard/link', bearer, { method: 'POST' })
  return JSON.parse(body).link
}

const trade = (link: string, headers: Record<string, string> = own()) =>
  ask('/api/dashboard/session', headers, { method: 'POST', body: { link } })

async function openSession(): Promise<{ cookie: string; 'x-moltbot-key': string }> {
  const { headers, body } = await trade(await makeLink())
  const [cookie = ''] = headers['set-cookie'] ?? []
  return { cookie: cookie.split(';')[0] ?? '', 'x-moltbot-key': JSON.parse(body).key }
}

const approve = { method: 'POST', body: { code: 'ABCDEFGH' } }

describe('a link', () => {
  it('is traded once, for a cookie that no script and no other site gets', async () => {
    const link = await makeLink()
    const { status, headers } = await trade(link)
    expect(status).toBe(200)
    const { port } = new URL(server.url)
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(new RegExp(`^moltbot-${port}=[\\w-]{43}; Path=/api; HttpOnly; SameSite=Strict$`)),
    ])
    const replayed = await trade(link)
    expect(replayed.status).toBe(401)
    expect(replayed.headers).not.toHaveProperty('set-cookie')
  })

  it.each([
    ['a foreign origin', { origin: 'https://evil.example' }, 403],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['what says no origin', {}, 401],
  ])('is not traded for %s, and stays good for its owner', async (_, headers, status) => {
    const link = await makeLink()
    expect((await trade(link, headers)).status).toBe(status)
    expect((await trade(link)).status).toBe(200)
  })

  it('is made for those who hold the token, and not by a session', async () => {
    const session = await openSession()
    const asked = await ask('/api/dashboard/link', { ...session, ...own() }, { method: 'POST' })
    expect(asked.status).toBe(403)
    expect((await ask('/api/dashboard/link', own(), { method: 'POST' })).status).toBe(401)
  })

  it('of a gateway opens nothing at another one', async () => {
    const other = await start()
    const link = await makeLink()
    const asked = await ask(
      '/api/dashboard/session',
      { origin: other.url },
      { method: 'POST', body: { link }, url: other.url },
    )
    await other.close()
    expect(asked.status).toBe(401)
  })

  it.each([{ link: '' }, { link: 7 }, { link: 'x'.repeat(1_000) }, {}, { link: 'x', more: 1 }])(
    'is refused as %j',
    async (body) => {
      const { status } = await ask('/api/dashboard/session', own(), { method: 'POST', body })
      expect(status).toBe(400)
    },
  )
})

describe('a session', () => {
  it('reads and changes things from its own page', async () => {
    const session = await openSession()
    expect((await ask('/api/pairing', { ...session, 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    expect((await ask('/api/pairing/approve', { ...session, ...own() }, approve)).status).toBe(200)
  })

  it.each([
    ['from a foreign page', { origin: 'https://evil.example' }, 403],
    ['from a page of another port', { origin: 'http://127.0.0.1:9' }, 403],
    ['from a page without an origin', { origin: 'null' }, 403],
    ['from no page', {}, 401],
    ['from another site', { 'sec-fetch-site': 'cross-site', origin: 'own' }, 401],
    ['from another port, as the browser says', { 'sec-fetch-site': 'same-site', origin: 'own' }, 401],
    ['without its key', { 'x-moltbot-key': '', origin: 'own' }, 401],
    ['without its cookie', { cookie: '', origin: 'own' }, 401],
  ])('changes nothing %s', async (_, headers, status) => {
    const session = await openSession()
    const sent = { ...session, ...headers, ...('origin' in headers && headers.origin === 'own' ? own() : {}) }
    expect((await ask('/api/pairing/approve', sent, approve)).status).toBe(status)
  })

  it.each(['same-site', 'cross-site', 'none'])('is not read by a %s request', async (site) => {
    const session = await openSession()
    expect((await ask('/api/pairing', { ...session, 'sec-fetch-site': site })).status).toBe(401)
  })

  it('is worth nothing to a program on another port, which the browser sends the cookie', async () => {
    const { cookie } = await openSession()
    expect((await ask('/api/pairing', { cookie })).status).toBe(401)
    expect((await ask('/api/events', { cookie })).status).toBe(401)
  })

  it('does not hold under the name of another port', async () => {
    const session = await openSession()
    const host = { host: '127.0.0.1:1', origin: 'http://127.0.0.1:1' }
    expect((await ask('/api/pairing', { ...session, ...host })).status).toBe(401)
  })

  it('may not do what only holders of the token may', async () => {
    const session = { ...(await openSession()), ...own() }
    const closed = Object.values(routes).filter(({ forBrowsers }) => forBrowsers === undefined)
    const answers = await Promise.all(
      closed.map(async ({ method, path }) => {
        const { status, body } = await ask(path, session, { method, ...(method === 'POST' && { body: {} }) })
        return [path, status, JSON.parse(body).error?.code]
      }),
    )
    expect(answers).toEqual(closed.map(({ path }) => [path, 403, 'not-for-browsers']))
    for (const path of ['/metrics', '/api/state/backup', '/api/openapi.json'])
      expect((await ask(path, session)).status).toBe(403)
  })

  it('sees what people write only where that is wanted; the token always does', async () => {
    const session = await openSession()
    const texts = ['/api/messages', '/api/pairing', '/api/outbox']
    for (const path of texts) expect((await ask(path, session)).body).toContain(secret)
    showsTexts = false
    for (const path of texts) {
      const { status, body } = await ask(path, session)
      expect(status).toBe(200)
      expect(body).not.toContain(secret)
      expect((await ask(path, bearer)).body).toContain(secret)
    }
  })

  it('ends when the operator leaves, its stream of events too', async () => {
    const session = { ...(await openSession()), ...own() }
    const stream = ask('/api/events', session)
    while ((await ask('/api/pairing', session)).status === 200)
      await ask('/api/dashboard/leave', session, { method: 'POST' })
    expect((await stream).status).toBe(200)
  })

  it('is not ended by others', async () => {
    const session = await openSession()
    const foreign = { ...session, 'x-moltbot-key': 'guess', ...own() }
    await ask('/api/dashboard/leave', foreign, { method: 'POST' })
    expect((await ask('/api/pairing', session)).status).toBe(200)
  })
})

describe('every answer', () => {
  it.each(['/', '/app.js', '/style.css', '/healthz', '/api/status', '/nothing'])(
    'tells the browser what the page may do: %s',
    async (path) => {
      const { headers } = await ask(path)
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      })
      const policy = String(headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toMatch(/unsafe|https?:|\*|data:/)
    },
  )

  it.each(['/', '/app.js', '/healthz', '/readyz', '/api/status', '/api/dashboard/session'])(
    'is refused under a name that leads here: %s',
    async (path) => {
      expect((await ask(path, { host: 'rebound.example:80' })).status).toBe(403)
      expect((await ask(path, { origin: 'https://evil.example', ...bearer })).status).toBe(403)
    },
  )
})

describe('the files of the page', () => {
  it('are served to everyone and load nothing from elsewhere', async () => {
    const { status, headers, body } = await ask('/')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(body).not.toMatch(/https?:|style=|<script>/)
    expect((await ask('/app.js')).headers['content-type']).toBe('text/javascript; charset=utf-8')
  })

  it.each([
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/%2e%2e/etc/passwd',
    '//etc/passwd',
    '/./app.js/../../../../etc/passwd',
    '/app.js%00.html',
    '/app.js/',
    '/%252e%252e%252fpackage.json',
    '/constructor',
    '/__proto__',
  ])('are all that is served, not %s', async (path) => {
    const { status, body } = await ask(path)
    expect(status).toBe(404)
    expect(JSON.parse(body).error.code).toBe('not-found')
  })

  it('are not reached by backslashes', async () => {
    expect((await ask('/..\\..\\package.json')).status).toBe(400)
  })
})
