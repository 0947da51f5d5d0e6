/**
 * Alerts on the real command: `moltbot alerts test`, and a gateway that tells of an account and of its return.
 */

import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { killAll, makeCheckout, moltbot, runGateway, writeConfig } from './moltbot.ts'
import { scratch } from './scratch.ts'

let bin = ''
const servers: Server[] = []

beforeAll(() => {
  bin = makeCheckout()
})

afterEach(async () => {
  await killAll()
  for (const server of servers.splice(0)) server.close()
})

async function robot() {
  const got: Record<string, string>[] = []
  const wakers = new Set<() => void>()
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    got.push(JSON.parse(body))
    response.end('{"errcode":0}')
    for (const wake of wakers) wake()
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/send?key=very-secret-key`
  const count = (n: number) =>
    new Promise<void>((resolve) => {
      const look = () => got.length >= n && resolve()
      wakers.add(look)
      look()
    })
  return { url, got, count }
}

describe('moltbot alerts test', () => {
  it('sends each way, says what became of it, and shows no key', async () => {
    const { url, got } = await robot()
    const to = [
      { type: 'webhook', url },
      { type: 'command', command: 'false' },
      { type: 'account', accountId: 'a', to: 'me' },
    ]
    const config = writeConfig({ channels: { fake: {} }, alerts: { to } })
    const { code, stdout, stderr } = await moltbot(
      { bin, stateDir: scratch() },
      'alerts',
      'test',
      '--config',
      config,
    )
    expect(code).toBe(1)
    expect(got).toMatchObject([{ kind: 'test', source: 'moltbot' }])
    expect(stdout).toMatch(
      /^webhook json \(127\.0\.0\.1:\d+\): sent\ncommand false: not sent: .*1\naccount a -> me: not sent: no gateway/,
    )
    expect(stdout + stderr).not.toContain('very-secret-key')
  })

  it('ends with 1 where no way is configured', async () => {
    const config = writeConfig({ channels: { fake: {} } })
    const { code, stderr } = await moltbot({ bin, stateDir: scratch() }, 'alerts', 'test', '--config', config)
    expect(code).toBe(1)
    expect(stderr).toContain('alerts.to')
  })
})

it('a gateway tells that an account needs a person, and that it is back', async () => {
  const { url, got, count } = await robot()
  const alerts = { to: [{ type: 'webhook', url }], afterSeconds: 0 }
  const withAccount = (state: string) => ({
    gateway: { port: 0 },
    alerts,
    channels: { fake: { accounts: { home: state } } },
  })
  const config = writeConfig(withAccount('scan'))
  const stateDir = scratch()
  const running = runGateway({ bin, stateDir, config })
  await running.event('gateway.ready')
  await count(1)
  writeFileSync(config, JSON.stringify(withAccount('online')))
  await count(2)
  expect(got.map(({ kind, key }) => [kind, key])).toEqual([
    ['begun', 'account/fake/home'],
    ['solved', 'account/fake/home'],
  ])
  const log = readFileSync(join(stateDir, 'logs', 'gateway.log'), 'utf8')
  expect(log).toContain('"event":"alert"')
  expect(log).not.toContain('very-secret-key')
}, 90_000)
