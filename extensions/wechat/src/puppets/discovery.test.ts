import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { discoverEndpoint } from './discovery.ts'

const token = 'insecure_4f1c-secret/../?x'
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function authority(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

const answering = (status: number, body: string) =>
  authority((_, response) => response.writeHead(status).end(body))

const ask = (authority: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  discoverEndpoint({ token, authority, signal: new AbortController().signal, ...options })

/** What the error says; fails where it shows the token. */
async function refusal(asked: Promise<string>) {
  const error: unknown = await asked.then(
    (endpoint) => Promise.reject(new Error(`found ${endpoint}`)),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Error)) throw error
  expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain('4f1c')
  return { ...error, message: error.message }
}

describe('the endpoint', () => {
  it('is asked for by the token, as one part of the path', async () => {
    const asked: (string | undefined)[] = []
    const base = await authority((request, response) => {
      asked.push(request.url)
      response.end('{"host":"203.0.113.7","port":8788}')
    })
    expect(await ask(base)).toBe('203.0.113.7:8788')
    expect(asked).toEqual([`/v0/hosties/${encodeURIComponent(token)}`])
  })

  it.each([
    ['{"host":"puppet.example","port":"443","more":1}', 'puppet.example:443'],
    ['{"host":"2001:db8::7","port":1}', '[2001:db8::7]:1'],
  ])('is read from %s', async (body, endpoint) => {
    expect(await ask(await answering(200, body))).toBe(endpoint)
  })
})

describe('a token', () => {
  it.each([400, 401, 404, 410])('that is answered with %i is unknown for good', async (status) => {
    expect(await refusal(ask(await answering(status, 'no')))).toMatchObject({
      code: 'service-token-unknown',
      retryable: false,
    })
  })

  it.each(['{"host":"0.0.0.0","port":0}', '{"host":"0.0.0.0","port":8788}', '{"host":"a.test","port":0}'])(
    'without a puppet at present may have one later: %s',
    async (body) => {
      expect(await refusal(ask(await answering(200, body)))).toMatchObject({
        code: 'service-token-unknown',
        retryable: true,
      })
    },
  )
})

describe('a service that', () => {
  it.each([408, 429, 500, 503])('answers %i is asked again later', async (status) => {
    expect(await refusal(ask(await answering(status, '')))).toMatchObject({
      code: 'discovery-unreachable',
      retryable: true,
    })
  })

  it('is not there is asked again later', async () => {
    const base = await answering(200, '')
    await new Promise((resolve) => servers.pop()?.close(resolve))
    expect(await refusal(ask(base))).toMatchObject({ code: 'discovery-unreachable', retryable: true })
  })

  it('never ends its answer is given up', async () => {
    const base = await authority((_, response) => void response.writeHead(200).write('{'))
    expect(await refusal(ask(base, { timeoutMs: 300 }))).toMatchObject({
      code: 'discovery-unreachable',
      message: expect.stringContaining('no answer within 0.3 s'),
    })
  })

  it.each([
    '',
    'no JSON',
    '[]',
    '{"host":"a.test"}',
    '{"host":"unix:/run/x","port":1}',
    '{"host":"a b","port":1}',
    '{"host":"a","port":65536}',
  ])('answers %j is no such service', async (body) => {
    expect(await refusal(ask(await answering(200, body)))).toMatchObject({ code: 'discovery-invalid' })
  })

  it('sends elsewhere is not followed: the token would go there', async () => {
    const asked: unknown[] = []
    const elsewhere = await authority((request, response) => {
      asked.push(request.url)
      response.end('{"host":"203.0.113.7","port":1}')
    })
    const base = await authority((request, response) =>
      response.writeHead(302, { location: `${elsewhere}${request.url}` }).end(),
    )
    expect(await refusal(ask(base))).toMatchObject({ code: 'discovery-invalid' })
    expect(asked).toEqual([])
  })

  it('answers without end is cut off', async () => {
    const base = await authority((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      }
      response.on('drain', more)
      more()
    })
    expect(await refusal(ask(base))).toMatchObject({ code: 'discovery-invalid' })
  })
})

it('an aborted look-up ends with the reason of its signal', async () => {
  const base = await authority(() => undefined)
  const stopping = new AbortController()
  const asked = ask(base, { signal: stopping.signal })
  stopping.abort(new Error('stopped'))
  await expect(asked).rejects.toThrow('stopped')
})

it.each([
  ...[
    'http://api.chatie.io',
    'http://127.0.0.1.evil.test',
    'http://10.0.0.1:80',
    'http://[2001:db8::1]',
    'http://localhost.evil.test',
  ],
  ...[
    'https://a.test/path',
    'a.test/path',
    'a.test?x',
    'user:pass@a.test',
    'ftp://a.test',
    'file:///etc/passwd',
    ' ',
    'a b',
  ],
])('%j is no authority', async (authority) => {
  expect(await refusal(ask(authority))).toMatchObject({ code: 'puppet-options-invalid', retryable: false })
})
