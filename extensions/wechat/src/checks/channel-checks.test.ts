import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { CheckHost, Finding } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../test/samples.ts'
import { wechatConfigSchema } from '../config/schema.ts'
import { channelChecks } from './channel-checks.ts'

afterEach(() => vi.unstubAllEnvs())

async function found(config: object, host: Partial<CheckHost> = {}): Promise<Finding[]> {
  const folder = temporaryFolder()
  const checks = channelChecks(wechatConfigSchema.parse(config), {
    stateDir: folder,
    configDir: folder,
    ...host,
  })
  const findings = await Promise.all(checks.map((check) => check.run(AbortSignal.timeout(5_000))))
  return findings.flat()
}

describe('the puppets of the accounts', () => {
  it('are looked at once, with the accounts that use them', async () => {
    const accounts = Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => [id, { puppet: 'ilink' }]),
    )
    expect(await found({ accounts })).toEqual([
      {
        status: 'ok',
        message: expect.stringMatching(
          /^wechaty-puppet-ilink \S+ is installed; used by a, b, c, d, e and 2 more$/,
        ),
      },
    ])
  })

  it('are not looked at for an account that is off', async () => {
    expect(await found({ accounts: { a: { enabled: false } } })).toEqual([])
  })

  it.each([
    [
      'wechaty-puppet-nowhere',
      /is not installed; install it with: npm install --prefix \S+ wechaty-puppet-nowhere$/,
    ],
    ['ilnk', /is not installed, and it is none of the short names/],
  ])('that are missing are a problem, with the command: %s', async (puppet, message) => {
    expect(await found({ puppet })).toEqual([{ status: 'problem', message: expect.stringMatching(message) }])
  })

  it('that risk the account are warned of', async () => {
    const findings = await found({ puppet: 'wechat4u' }, { configDir: join(import.meta.dirname) })
    const missing = findings.some(({ status }) => status === 'problem')
    const risk = findings.some(({ message }) => message.includes('WeChat warns and bans'))
    expect(missing || risk).toBe(true)
  })
})

describe('iLink', () => {
  const urls = {
    baseUrl: 'http://api.example:1',
    cdnBaseUrl: 'http://cdn.example/c2c',
    loginBaseUrl: 'http://api.example:1',
  }
  const config = { puppet: 'ilink', puppetOptions: urls }

  it('is asked once for all accounts: its API and its file server', async () => {
    const asked: unknown[] = []
    const reach = async (url: URL, proxy: URL | undefined) => {
      asked.push([url.href, proxy?.href])
      return 404
    }
    const findings = await found({ ...config, accounts: { a: {}, b: {} } }, { reach })
    expect(asked).toEqual([
      ['http://api.example:1/', undefined],
      ['http://cdn.example/c2c', undefined],
    ])
    expect(findings.slice(1)).toEqual([
      { status: 'ok', message: 'iLink answers at api.example:1, reached directly' },
      { status: 'ok', message: "iLink's file server answers at cdn.example, reached directly" },
    ])
  })

  it('is asked through its proxy, without showing the credentials, but not on this machine', async () => {
    const asked: (string | undefined)[] = []
    const reach = async (_: URL, proxy: URL | undefined) => {
      asked.push(proxy?.host)
      throw new Error('no connection (ECONNREFUSED)')
    }
    const backendProxy = new URL('http://ann:secret@proxy.example:3128')
    const own = { ...urls, baseUrl: 'http://127.0.0.1:1', loginBaseUrl: 'http://127.0.0.1:1' }
    const findings = await found({ puppet: 'ilink', puppetOptions: own }, { reach, backendProxy })
    expect(asked).toEqual([undefined, 'proxy.example:3128'])
    expect(findings.at(-1)).toEqual({
      status: 'problem',
      message:
        "iLink's file server (cdn.example) does not answer, asked through the proxy http://proxy.example:3128: no connection (ECONNREFUSED)",
    })
    expect(JSON.stringify(findings)).not.toContain('secret')
  })

  it('is not asked where nothing outside this machine is', async () => {
    expect(await found(config)).toHaveLength(1)
  })
})

describe('a hosted puppet', () => {
  const reach = async () => 200
  const config = (endpoint: string) => ({
    puppet: 'service',
    puppetOptions: { token: 'insecure_very-secret', endpoint },
  })

  it.each(['tcp', 'unix'])('is found where it listens: %s', async (kind) => {
    const server = createServer()
    const path = join(temporaryFolder(), 'socket')
    server.listen(kind === 'unix' ? { path } : { port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const endpoint = port === undefined ? `unix:${path}` : `127.0.0.1:${port}`
    const findings = await found(config(endpoint), { reach })
    server.close()
    expect(findings.at(-1)).toEqual({
      status: 'ok',
      message: `the hosted puppet of default listens at ${endpoint}`,
    })
  })

  it.each([
    ['nobody listens', config('127.0.0.1:1'), /cannot be reached: connect ECONNREFUSED/],
    [
      'the token is missing',
      { puppet: 'service' },
      /cannot be reached: account "default": puppetOptions.token is missing/,
    ],
  ])('is a problem where %s, without the token', async (_, broken, message) => {
    const findings = await found(broken, { reach })
    expect(findings.at(-1)).toEqual({ status: 'problem', message: expect.stringMatching(message) })
    expect(JSON.stringify(findings)).not.toContain('very-secret')
  })
})
