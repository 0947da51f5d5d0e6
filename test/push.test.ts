/**
 * Messages that other programs push, through the real gateway, channel and backend.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { routes } from '../packages/gateway/src/api/routes.ts'
import { until } from './support/process.ts'
import { type Answer, absent, openPrograms, type ProgramsStage, statusFor } from './support/programs-stage.ts'

let stage: ProgramsStage
let token: string
beforeAll(async () => {
  stage = await openPrograms({ gateway: { publicHosts: ['push.example.com'] } })
  token = await stage.token('--push', '--target', 'ops', '--target', 'oncall')
})
afterAll(() => stage.close())

const sentText = (words: string) =>
  until(async () => (await stage.replies()).find((reply) => reply.includes(words)))

describe('a push', () => {
  beforeEach(() => stage.ownerWrites())

  it('is sent, and tells what became of it', async () => {
    const { status, body } = await stage.post(token, { target: 'ops', text: 'disk is full' })
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        id: expect.stringMatching(/^push-/),
        target: 'ops',
        accountId: 'alpha',
        createdMs: expect.any(Number),
        state: 'sent',
        reason: '',
        chunks: 1,
        sent: 1,
      },
    })
    expect(await sentText('disk is full')).toBe('disk is full')
    expect(await stage.get(token, `/api/push/${body.id}`)).toMatchObject({ status: 200, body })
  })

  it('is Markdown, plain text with a title, or a body of text alone', async () => {
    await stage.post(token, { target: 'ops', markdown: 'a **bold** word', title: 'News' })
    expect(await sentText('bold')).toContain('News')
    await stage.post(token, { target: 'ops', text: '*stars* stay', title: 'Plain' })
    expect(await sentText('stars')).toBe('Plain\n*stars* stay')
    await stage.post(token, 'from curl', '/api/push?target=ops', { 'content-type': 'text/plain' })
    expect(await sentText('from curl')).toBe('from curl')
  })

  it('to a person who has not written waits, says why, and is sent when they write', async () => {
    const first = await stage.post(token, { target: 'oncall', text: 'wake up' })
    expect(first).toMatchObject({ status: 202, body: { state: 'parked', chunks: 1, sent: 0 } })
    expect(first.body.reason).toContain('has to write first')
    const second = await stage.post(token, { target: 'oncall', text: 'it burns' })
    expect(second).toMatchObject({ status: 202, body: { state: 'parked' } })
    await stage.backend.control.inbound({ botId: stage.botId, from: absent, text: 'I am here' })
    const digest = await sentText('wake up')
    expect(digest).toContain('it burns')
    for (const { body } of [first, second])
      await until(async () => (await stage.get(token, `/api/push/${body.id}`)).body.state === 'sent')
  })

  it('is published as an event when its state changes', async () => {
    const watching = new AbortController()
    const control = readFileSync(join(stage.home.stateDir, 'control-token'), 'utf8').trim()
    const headers = { authorization: `Bearer ${control}` }
    const events = await fetch(`${stage.url()}/api/events`, { headers, signal: watching.signal })
    const { body } = await stage.post(token, { target: 'ops', text: 'for the event' })
    const seen = await firstPush(events)
    watching.abort()
    expect(seen).toMatchObject({
      type: 'push',
      id: body.id,
      target: 'ops',
      accountId: 'alpha',
      state: 'sent',
    })
  })

  it('with the same key is sent once for a day, and its content may not differ', async () => {
    const order = { target: 'ops', text: 'only once', idempotencyKey: 'k1' }
    const answers = await Promise.all([
      stage.post(token, order),
      stage.post(token, order),
      stage.post(token, order),
    ])
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect(
      await stage.post(token, 'only once', '/api/push?target=ops', {
        'content-type': 'text/plain',
        'idempotency-key': 'k1',
      }),
    ).toEqual(expect.objectContaining({ body: answers[0]?.body }))
    expect(await stage.post(token, { ...order, text: 'another' })).toMatchObject({
      status: 409,
      body: { error: { code: 'idempotency-key-reused' } },
    })
    const other = await stage.token('--push', '--target', 'ops')
    expect((await stage.post(other, { ...order, text: 'mine' })).status).toBe(200)
    expect((await stage.replies()).filter((reply) => reply === 'only once')).toHaveLength(1)
  })

  it('that is too long for the sends of a window becomes a few messages and a file', async () => {
    const { body } = await stage.post(token, { target: 'ops', text: 'A sentence of many. '.repeat(990) })
    expect(Number(body.chunks)).toBeLessThanOrEqual(8)
  })

  it('with a file is an upload, whose name leads nowhere', async () => {
    const form = new FormData()
    form.set('target', 'ops')
    form.set('text', 'the report')
    form.set('file', new Blob(['a,b\n1,2\n']), '../../../../etc/cron.d/report.csv')
    const { status, body } = await stage.post(token, form)
    expect({ status, chunks: body.chunks }).toEqual({ status: 200, chunks: 2 })
    const names = (await stage.backend.control.sent({ botId: stage.botId })).map(({ items }) =>
      JSON.stringify(items),
    )
    expect(names.filter((items) => items.includes('"report.csv"'))).toHaveLength(1)
    expect(readdirSync(join(stage.home.stateDir, 'uploads'))).toEqual([])
  })

  it('outlasts a restart, as its token does', async () => {
    const { body } = await stage.post(token, { target: 'ops', text: 'before', idempotencyKey: 'k2' })
    await stage.restart()
    expect(await stage.get(token, `/api/push/${body.id}`)).toMatchObject({ status: 200, body })
    const again = await stage.post(token, { target: 'ops', text: 'before', idempotencyKey: 'k2' })
    expect(again.body).toEqual(body)
    expect((await stage.replies()).filter((reply) => reply === 'before')).toHaveLength(1)
  })
})

describe('a token', () => {
  const order = { target: 'ops', text: 'not to be sent' }

  it('opens the push API and nothing else', async () => {
    const paths = Object.values(routes).map(({ path }) => path)
    for (const path of [
      ...paths,
      '/metrics',
      '/api/events',
      '/api/openapi.json',
      '/api/state/backup',
      '/mcp',
    ]) {
      expect([401, 403], path).toContain((await stage.get(token, path)).status)
      expect([401, 403, 404], path).toContain((await stage.post(token, {}, path)).status)
    }
  })

  it.each(['ghost', 'stranger', 'no-such-target', 'constructor'])(
    'does not reach the target %s',
    async (target) => {
      const answer = await stage.post(token, { ...order, target })
      expect(answer).toMatchObject({ status: 403, body: { error: { code: 'target-refused' } } })
    },
  )

  it.each(['', 'mbt_', 'mbt_000000000000_'.padEnd(60, 'A'), 'Bearer'])(
    'is not guessed: %j',
    async (guess) => {
      expect((await stage.post(guess, order)).status).toBe(401)
    },
  )

  it('of another scope is refused', async () => {
    const mcp = await stage.token('--mcp', '--all-targets')
    expect(await stage.post(mcp, order)).toMatchObject({
      status: 403,
      body: { error: { code: 'scope-refused' } },
    })
  })

  it('sees no push of another token', async () => {
    const { body } = await stage.post(token, { target: 'ops', text: 'mine' })
    const other = await stage.token('--push', '--all-targets')
    expect((await stage.get(other, `/api/push/${body.id}`)).status).toBe(404)
    expect((await stage.get(other, '/api/push/..%2F..%2Fstatus')).status).toBe(404)
  })

  it('is stored as a hash, listed without its secret, and useless once revoked', async () => {
    const short = await stage.token('--push', '--target', 'ops', '--note', 'for the test')
    const { stdout } = await stage.home.moltbot('tokens', 'list')
    expect(stdout).toContain('for the test')
    expect(stdout).not.toContain(short.slice(-20))
    const files = readdirSync(stage.home.stateDir).filter((name) => name.startsWith('gateway.sqlite'))
    for (const name of files)
      expect(readFileSync(join(stage.home.stateDir, name), 'latin1')).not.toContain(short.slice(-20))
    const id = short.split('_')[1] ?? ''
    expect(await stage.home.moltbot('tokens', 'revoke', id)).toMatchObject({ code: 0 })
    expect((await stage.post(short, order)).status).toBe(401)
    expect((await stage.home.moltbot('tokens', 'revoke', id)).code).toBe(1)
    const facts = { id, scopes: ['push'], targets: ['ops'], note: 'for the test' }
    for (const event of ['token.created', 'token.revoked'])
      expect(await stage.gateway().line({ event, id })).toMatchObject(facts)
    expect(stage.gateway().stdout()).not.toContain(short.slice(-20))
  })
})

describe('a request to push', () => {
  const bad: [string, unknown, number][] = [
    ['without a target', { text: 'x' }, 400],
    ['without content', { target: 'ops' }, 400],
    ['with nothing to see', { target: 'ops', text: '\u200b' }, 400],
    ['with a text and a markdown', { target: 'ops', text: 'x', markdown: 'y' }, 400],
    ['with a path of a file', { target: 'ops', file: '/etc/passwd' }, 400],
    ['with a key that it does not know', { target: 'ops', text: 'x', media: '/etc/passwd' }, 400],
    ['with a target of the prototype', { target: '__proto__', text: 'x' }, 400],
    ['with a text that is too long', { target: 'ops', text: 'x'.repeat(20_001) }, 400],
    ['with a huge body', { target: 'ops', text: 'x'.repeat(2_000_000) }, 413],
  ]
  it.each(bad)('%s is refused', async (_what, body, status) => {
    expect((await stage.post(token, body)).status).toBe(status)
  })

  it('of an unknown type is refused', async () => {
    const answer = await stage.post(token, '<x/>', '/api/push?target=ops', { 'content-type': 'text/xml' })
    expect(answer.status).toBe(415)
  })

  it('with a file that is too large leaves nothing behind', async () => {
    const form = new FormData()
    form.set('target', 'ops')
    form.set('file', new Blob([Buffer.alloc(25 * 1024 * 1024 + 1)]), 'large.bin')
    expect((await stage.post(token, form)).status).toBe(413)
    expect(readdirSync(join(stage.home.stateDir, 'uploads'))).toEqual([])
  })

  it.each([
    ['a name that is not configured', '/api/push', { host: 'evil.example' }, 403],
    ['a configured name', '/api/push/x', { host: 'push.example.com' }, 404],
    ['a configured name in capitals with a port', '/api/push/x', { host: 'Push.Example.com:443' }, 404],
    ['a configured name for anything else', '/api/status', { host: 'push.example.com' }, 403],
    ['a configured name for the dashboard', '/', { host: 'push.example.com' }, 403],
    [
      'a configured name from a page',
      '/api/push',
      { host: 'push.example.com', origin: 'http://push.example.com' },
      403,
    ],
  ])('under %s', async (_what, path, headers, status) => {
    const authorization = `Bearer ${token}`
    expect((await statusFor(stage.url(), path, { ...headers, authorization })).status).toBe(status)
  })

  it('comes not too often, and the log has no text and no token of it', async () => {
    const eager = await stage.token('--push', '--target', 'oncall')
    let limited: Answer | undefined
    for (let i = 0; i < 1_000 && limited === undefined; i++) {
      const order = { target: 'oncall', text: 'password=hunter2', idempotencyKey: `many-${i}` }
      const answer = await stage.post(eager, order)
      if (answer.status === 429) limited = answer
    }
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0)
    const log = stage.gateway().stdout() + stage.gateway().stderr()
    expect(log).not.toContain('hunter2')
    expect(log).not.toContain(eager.slice(-20))
  })
})

describe('moltbot push', () => {
  beforeEach(() => stage.ownerWrites())

  it('sends a text, what comes on standard input, and a file', async () => {
    const file = join(stage.home.folder, 'notes.txt')
    writeFileSync(file, 'notes')
    expect(await stage.home.moltbot('push', 'ops', 'from the command line', '--file', file)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^sent\nid: push-/),
    })
    const piped = stage.home.startMoltbot('push', 'ops')
    piped.type('from a pipe\n')
    piped.end()
    expect(await piped.exited).toBe(0)
    expect(await sentText('from a pipe')).toBe('from a pipe')
  })

  it('fails for a target that is not configured, and says which there are', async () => {
    const { code, stderr } = await stage.home.moltbot('push', 'nobody', 'hi')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('there is no target "nobody"; there is ops, oncall, ghost, stranger'),
    })
  })

  it.each([
    ['an account that does not exist', 'ghost'],
    ['a person who is not admitted', 'stranger'],
  ])('fails for %s', async (_what, target) => {
    expect((await stage.home.moltbot('push', target, 'hi')).code).toBe(1)
  })
})

/** The first event about a push. */
async function firstPush(events: Response): Promise<unknown> {
  let read = ''
  for await (const piece of events.body ?? []) {
    read += Buffer.from(piece).toString()
    const data = /^event: push\ndata: (.*)$/m.exec(read)?.[1]
    if (data !== undefined) return JSON.parse(data)
  }
  return undefined
}
