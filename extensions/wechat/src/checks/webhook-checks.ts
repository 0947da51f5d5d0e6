/**
 * What `doctor` looks at for webhooks: may events go where their addresses lead, and what was not delivered? Nothing is
 * sent.
 */

import { type CheckHost, type Finding, type HealthCheck, messageOf } from '@moltbot/channel-sdk'
import { checkedHref } from '@moltbot/channel-sdk/url-guard'
import type { ResolvedAccount } from '../config/resolve.ts'
import { isWebhookAddress, type WebhookConfig, webhookHost, webhookKey } from '../config/webhooks-schema.ts'
import { storeFile } from '../store/sqlite-store.ts'
import { type StoredEventCounts, storedEventCounts } from '../store/stored-events.ts'

const lookUpMs = 5_000

interface Use {
  readonly account: string
  readonly webhook: WebhookConfig
}

export function webhookChecks(accounts: readonly ResolvedAccount[], host: CheckHost): HealthCheck[] {
  const uses = accounts.flatMap(({ id, webhooks }) => webhooks.map((webhook) => ({ account: id, webhook })))
  if (uses.length === 0) return []
  return [{ about: 'webhooks', run: (signal) => webhookFindings(uses, host, signal) }]
}

async function webhookFindings(
  uses: readonly Use[],
  host: CheckHost,
  signal: AbortSignal,
): Promise<Finding[]> {
  const addresses = new Map(uses.map(({ webhook }) => [webhook.url, webhook]))
  const looked = host.reach === undefined ? [] : [...addresses.values()]
  const findings = await Promise.all(looked.map((webhook) => addressFinding(webhook, signal)))
  if (host.stateDir === undefined) return findings // A running gateway shows what waits.
  const counts = storedEventCounts(storeFile(host.stateDir))
  return [...findings, ...uses.flatMap((use) => eventFindings(use, counts))]
}

async function addressFinding(webhook: WebhookConfig, signal: AbortSignal): Promise<Finding> {
  const host = webhookHost(webhook)
  try {
    const isAllowed = isWebhookAddress(webhook)
    await checkedHref(webhook.url, { isAllowed, timeoutMs: lookUpMs, signal })
    return { status: 'ok', message: `events may be sent to ${host}` }
  } catch (error) {
    return { status: 'problem', message: `events cannot be sent to ${host}: ${messageOf(error)}` }
  }
}

function eventFindings({ account, webhook }: Use, counts: readonly StoredEventCounts[]): Finding[] {
  const host = webhookHost(webhook)
  const key = webhookKey(webhook)
  const {
    waiting = 0,
    dead = 0,
    reason,
  } = counts.find(({ accountId, webhook: one }) => accountId === account && one === key) ?? {}
  const failing = `${account}: ${host} does not take events (${waiting} wait); ${reason}`
  const lost = `${account}: events for ${host} that were given up: ${dead}`
  const advice = `see each with: moltbot webhooks list --dead --account ${account}`
  if (reason === undefined && dead === 0)
    return [{ status: 'ok', message: `${account}: ${waiting} events wait for ${host}, none was given up` }]
  return [
    ...(reason === undefined ? [] : [{ status: 'warning', message: failing } as const]),
    ...(dead === 0 ? [] : [{ status: 'warning', message: lost, advice } as const]),
  ]
}
