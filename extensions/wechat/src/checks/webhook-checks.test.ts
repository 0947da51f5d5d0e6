import { expect, it } from 'vitest'
import { accountOf } from '../../test/policy.ts'
import { temporaryFolder } from '../../test/samples.ts'
import { type WebhookConfig, webhookKey } from '../config/webhooks-schema.ts'
import { openSqliteStore, storeFile } from '../store/sqlite-store.ts'
import { webhookChecks } from './webhook-checks.ts'

const secret = Buffer.alloc(32, 7).toString('base64')
const webhook: WebhookConfig = {
  url: 'http://127.0.0.1:9/?key=k3y',
  events: ['account.state'],
  secret,
  allowPrivateNetwork: true,
}

async function found(
  webhooks: readonly WebhookConfig[],
  { stateDir = temporaryFolder(), isOffline = false, hasFiles = true } = {},
) {
  const reach = async () => 200
  const host = { ...(hasFiles && { stateDir }), configDir: stateDir, ...(!isOffline && { reach }) }
  const { signal } = new AbortController()
  const checks = webhookChecks([accountOf({ webhooks })], host)
  const findings = (await Promise.all(checks.map((check) => check.run(signal)))).flat()
  expect(JSON.stringify(findings)).not.toContain('k3y')
  return findings.map(({ status, message }) => `${status}: ${message}`)
}

it('is nothing without webhooks', async () => {
  expect(await found([])).toEqual([])
})

it('is fine where nothing was given up', async () => {
  expect(await found([webhook])).toEqual([
    'ok: events may be sent to 127.0.0.1:9',
    'ok: default: 0 events wait for 127.0.0.1:9, none was given up',
  ])
  expect(await found([webhook], { isOffline: true })).toHaveLength(1)
})

it('says which address is refused, by what its name leads to', async () => {
  // This schema-valid address is refused because its name leads to this machine.
  const named: WebhookConfig = { url: 'https://ip6-localhost:9/', events: ['account.state'], secret }
  expect(await found([named])).toContainEqual(
    expect.stringMatching(/^problem: events cannot be sent to ip6-localhost:9: /),
  )
})

it('counts what waits and what was given up, beside a running channel', async () => {
  const stateDir = temporaryFolder()
  const { store } = openSqliteStore(storeFile(stateDir))
  const account = await store.openAccount('default', 'test')
  const events = ['1', '2', '3'].map((eventId) => ({
    webhook: webhookKey(webhook),
    eventId,
    type: 'account.state' as const,
    body: '{}',
  }))
  await account.queueEvents({ events, nowMs: 1 })
  for (const undelivered of [
    { state: 'dead', reason: 'HTTP 400' },
    { state: 'waiting', notBeforeMs: 9, reason: 'HTTP 503' },
  ] as const) {
    const next = await account.nextEvent(webhookKey(webhook), 1)
    if (next !== undefined && 'event' in next) await account.markUndelivered(next.event, undelivered)
  }
  expect(await found([webhook], { stateDir })).toEqual([
    'ok: events may be sent to 127.0.0.1:9',
    'warning: default: 127.0.0.1:9 does not take events (2 wait); HTTP 503',
    'warning: default: events for 127.0.0.1:9 that were given up: 1',
  ])
  expect(await found([webhook], { hasFiles: false })).toEqual(['ok: events may be sent to 127.0.0.1:9'])
  await store.close()
})
