import { once } from 'node:events'
import { request } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { MoltbotError } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fakeTarget as bareTarget } from '../../test/fake-target.ts'
import { createLog } from '../log/logger.ts'
import { isOwnHost } from './guard.ts'
import { type ControlServer, listen, maxConnections } from './server.ts'
import { accountProblem, type ChannelAccount } from './status.ts'
import type { ControlTarget } from './target.ts'

const token = 'the-right-token'
const approved = { accountId: 'a', senderId: 'u1', approvedAtMs: 1 }
const open: ControlServer[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

function fakeTarget(changes: Partial<ControlTarget> = {}): ControlTarget {
  return bareTarget({
    status: () => Promise.reject(new Error('kaputt with details')),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }),
    log: () => ({ lines: [], last: 0 }),
    pairing: () => ({
      list: async () => ({ pending: [], approved: [approved] }),
      approve: async () => approved,
      reject: async () => {
        throw new MoltbotError('pairing-code-unknown', 'no such code')
      },
    }),
    revoke: async () => undefined,
    submitVerifyCode: async () => {},
    explain: async () => ({ action: 'drop', reason: 'dm-disabled', steps: [] }),
    tools: async () => ({ tools: [], servers: [], clashes: [] }),
    logout: async () => 'a',
    probe: async () => [],
    accountIds: () => ['a'],
    notifyApproved: async () => undefined,
    send: async () => ({ status: 'sent', chunks: 1, sent: 1 }),
    listOutbox: async () => [],
    changeOutbox: async () => [],
    stop: () => undefined,
    restart: () => undefined,
    reload: async () => undefined,
    ...changes,
  })
}

async function start(target: ControlTarget, port = 0) {
  const written: string[] = []
  const { logger } = createLog({ format: 'json', write: (line) => written.push(line) })
  const server = await listen({ host: '127.0.0.1', port, token, target, log: logger })
  open.push(server)
  const call = (path: string, init: RequestInit = {}) =>
    fetch(server.url + path, { headers: { authorization: `Bearer ${token}` }, ...init })
  const post = (path: string, body: unknown) => call(path, { method: 'POST', body: JSON.stringify(body) })
  return { url: server.url, call, post, written }
}

/** fetch does not let a caller choose the Host header. */
async function statusForHost(url: string, host: string): Promise<number | undefined> {
  const sent = request(`${url}/healthz`, { headers: { host } }).end()
  const [response] = await once(sent, 'response')
  response.resume()
  return response.statusCode
}

describe('the control plane', () => {
  it('says that it lives and whether it is ready, without a token', async () => {
    let ready = false
    const { url } = await start(fakeTarget({ ready: () => ready }))
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    ready = true
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
  })

  it.each([{}, { authorization: 'Bearer wrong' }, { authorization: token }, { authorization: 'Bearer ' }])(
    'refuses %j',
    async (headers) => {
      const { call } = await start(fakeTarget())
      expect((await call('/api/pairing', { headers })).status).toBe(401)
      expect((await call('/api/gateway/stop', { method: 'POST', headers })).status).toBe(401)
      const metrics = await call('/metrics', { headers })
      expect(metrics.status).toBe(401)
      expect(await metrics.text()).not.toContain('up 1')
    },
  )

  it('serves metrics to a client with the token', async () => {
    const { call } = await start(fakeTarget())
    const response = await call('/metrics')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4')
    expect(await response.text()).toBe('up 1\n')
  })

  it('refuses a Host with a foreign name', async () => {
    const { url } = await start(fakeTarget())
    expect(await statusForHost(url, 'evil.example:80')).toBe(403)
    expect(await statusForHost(url, 'localhost:80')).toBe(200)
  })

  it('decides about pairing, and passes a refusal on with its code', async () => {
    const notifyApproved = vi.fn(async () => undefined)
    const { call, post } = await start(fakeTarget({ notifyApproved }))
    expect(await (await call('/api/pairing')).json()).toEqual({ pending: [], approved: [approved] })
    expect(await (await post('/api/pairing/approve', { code: 'ABCDEFGH' })).json()).toMatchObject({
      approved,
    })
    expect(notifyApproved).not.toHaveBeenCalled()
    await post('/api/pairing/approve', { code: 'ABCDEFGH', notify: true })
    expect(notifyApproved).toHaveBeenCalledExactlyOnceWith(approved)
    const refused = await post('/api/pairing/reject', { code: 'ABCDEFGH' })
    expect(refused.status).toBe(404)
    expect(await refused.json()).toEqual({ error: { code: 'pairing-code-unknown', message: 'no such code' } })
  })

  it.each([
    ['not JSON', '{', 400],
    ['an unknown key', '{"code":"A","admin":true}', 400],
    ['no code', '{}', 400],
    ['a huge body', JSON.stringify({ code: 'x'.repeat(100_000) }), 413],
  ])('refuses %s', async (_, body, status) => {
    const { call } = await start(fakeTarget())
    expect((await call('/api/pairing/approve', { method: 'POST', body })).status).toBe(status)
  })

  it('hands on what is to be sent, a file by its absolute path', async () => {
    const send = vi.fn(async () => ({ status: 'sent', chunks: 1, sent: 1 }) as const)
    const { post } = await start(fakeTarget({ send }))
    await post('/api/send', { to: 'u', media: '/tmp/plan.pdf' })
    const media = { source: { path: '/tmp/plan.pdf' } }
    expect(send).toHaveBeenCalledExactlyOnceWith({ to: 'u', text: '', queue: false, media })
    expect((await post('/api/send', { to: 'u', media: 'plan.pdf' })).status).toBe(400)
  })

  it.each([
    ['media-unreadable', 400],
    ['media-too-large', 413],
    ['media-no-room', 507],
  ])('says %s with HTTP %i', async (code, status) => {
    const send = () => Promise.reject(new MoltbotError(code, 'no'))
    const { post } = await start(fakeTarget({ send }))
    const answer = await post('/api/send', { to: 'u', media: '/x' })
    expect([answer.status, await answer.json()]).toEqual([status, { error: { code, message: 'no' } }])
  })

  it('lists events that are not delivered, and changes them by id', async () => {
    const listWebhooks = vi.fn(async () => [])
    const changeWebhooks = vi.fn(async () => ['7'])
    const { call, post } = await start(fakeTarget({ listWebhooks, changeWebhooks }))
    expect(await (await call('/api/webhooks?which=dead&accountId=a')).json()).toEqual({ items: [] })
    expect(listWebhooks).toHaveBeenCalledExactlyOnceWith('dead', 'a')
    const answer = await post('/api/webhooks', { action: 'retry', ids: ['7', '8'] })
    expect(await answer.json()).toEqual({ changed: ['7'] })
    expect(changeWebhooks).toHaveBeenCalledExactlyOnceWith({ action: 'retry', ids: ['7', '8'] })
    expect((await post('/api/webhooks', { action: 'send', ids: ['7'] })).status).toBe(400)
    expect((await call('/api/webhooks?which=failed')).status).toBe(400)
  })

  it('lists messages that are not sent, and changes them by id', async () => {
    const listOutbox = vi.fn(async () => [])
    const changeOutbox = vi.fn(async () => ['7'])
    const { call, post } = await start(fakeTarget({ listOutbox, changeOutbox }))
    expect(await (await call('/api/outbox')).json()).toEqual({ items: [] })
    await call('/api/outbox?which=failed&accountId=a')
    expect(listOutbox.mock.calls).toEqual([
      ['waiting', undefined],
      ['failed', 'a'],
    ])
    const answer = await post('/api/outbox', { action: 'drop', ids: ['7', '8'] })
    expect(await answer.json()).toEqual({ changed: ['7'] })
    expect(changeOutbox).toHaveBeenCalledExactlyOnceWith({ action: 'drop', ids: ['7', '8'] })
    for (const bad of [{ action: 'send', ids: ['7'] }, { action: 'drop', ids: [] }, { action: 'retry' }])
      expect((await post('/api/outbox', bad)).status).toBe(400)
    for (const query of ['which=all', 'state=lost'])
      expect((await call(`/api/outbox?${query}`)).status).toBe(400)
    expect((await call('/api/outbox', { headers: {} })).status).toBe(401)
  })

  it('logs what went wrong inside and does not tell it', async () => {
    const { call, written } = await start(fakeTarget())
    const response = await call('/api/status')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('details')
    expect(written.join('')).toContain('kaputt with details')
  })

  it('says who has the port', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const failure = expect(start(fakeTarget(), port)).rejects
    await failure.toMatchObject({ code: 'port-taken' })
    if (process.platform === 'linux')
      await expect(start(fakeTarget(), port)).rejects.toThrow(`pid ${process.pid}`)
    other.close()
  })
})

it.each([
  ['127.0.0.1:18789', true],
  ['localhost', true],
  ['[::1]:1', true],
  ['192.168.1.5:18789', true],
  ['localhost.evil.example', false],
  ['127.0.0.1.evil.example:80', false],
  ['evil@127.0.0.1', false],
  ['', false],
  [undefined, false],
])('the Host %s is ours: %s', (host, ours) => {
  expect(isOwnHost(host)).toBe(ours)
})

describe('connections that never finish their request', () => {
  const unfinished = {
    'in its headers': 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n',
    'in its body': 'POST /api/send HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{',
    'before its first byte': '',
  }
  const sockets: Socket[] = []
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
  })

  async function fill(url: string, sent: string): Promise<void> {
    for (let n = 0; n < maxConnections; n++) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      socket.on('error', () => undefined).resume()
      sockets.push(socket)
      await once(socket, 'connect')
      socket.write(sent)
    }
  }

  it.each(Object.entries(unfinished))('do not keep the operator out: %s', async (_, sent) => {
    const { url, call } = await start(fakeTarget())
    await fill(url, sent)
    expect((await call('/healthz')).status).toBe(200)
  })

  it('do not cost a request that is being answered its connection', async () => {
    const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<ControlTarget['metrics']>>>()
    const asked = Promise.withResolvers<void>()
    const metrics = () => {
      asked.resolve()
      return promise
    }
    const { url, call } = await start(fakeTarget({ metrics }))
    const answer = call('/metrics')
    await asked.promise
    await fill(url, unfinished['in its headers'])
    resolve({ contentType: 'text/plain', text: 'up 1' })
    expect(await (await answer).text()).toBe('up 1')
  })
})

describe('an account', () => {
  const account: ChannelAccount = {
    channel: 'fake',
    accountId: 'a',
    puppet: 'p',
    state: 'online',
    sinceMs: 0,
    reason: 'logged in',
    nextAction: 'none',
    outbox: { waiting: 3, troubled: 0 },
    setAside: 0,
  }

  it('is no problem while it works, whatever could not be sent before', () => {
    expect(accountProblem({ ...account, outbox: { waiting: 0, troubled: 2 } })).toBeUndefined()
    expect(accountProblem(account)).toBeUndefined()
    expect(accountProblem({ ...account, state: 'disabled' })).toBeUndefined()
    expect(accountProblem({ ...account, state: 'starting' }, 59_000)).toBeUndefined()
  })

  it('is one when it is not online', () => {
    expect(accountProblem({ ...account, state: 'reconnecting', reason: 'backend unreachable' })).toBe(
      'fake account a is reconnecting: backend unreachable',
    )
    expect(accountProblem({ ...account, state: 'starting', reason: 'no network' }, 61_000)).toContain(
      'no network',
    )
  })

  it('is one when a person is needed, and says for what', () => {
    expect(accountProblem({ ...account, state: 'scan', reason: 'needs a login', nextAction: 'scan' })).toBe(
      'fake account a is scan: needs a login (scan the QR code)',
    )
    expect(accountProblem({ ...account, state: 'degraded', reason: 'the disk is full' })).toBe(
      'fake account a is degraded: the disk is full',
    )
  })
})
