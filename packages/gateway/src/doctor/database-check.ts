/**
 * The PostgreSQL server of `state.url`: whether it can be used, how fast it answers, and whether it keeps what it confirms.
 */

import type { Finding, HealthCheck } from '@moltbot/channel-sdk'
import { messageOf } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'
import type { DatabaseFacts } from '../postgres/facts.ts'
import type { PostgresSettings } from '../postgres/settings.ts'

/** A server in the same data centre answers in a millisecond or two. */
const slowMs = 20
const badMs = 200

export function databaseCheck(settings: PostgresSettings): HealthCheck {
  return {
    about: 'database',
    run: async () => {
      const { databaseFacts } = await import('../postgres/facts.ts')
      try {
        return databaseFindings(await databaseFacts(settings))
      } catch (error) {
        return [{ status: 'problem', message: messageOf(error) }]
      }
    },
  }
}

export function databaseFindings(facts: DatabaseFacts): Finding[] {
  return [
    speedFinding(facts),
    ...facts.unsafeSettings.map(unsafeFinding),
    ...standbyFindings(facts),
    ...encryptionFindings(facts),
    connectionsFinding(facts),
  ]
}

function speedFinding({ version, latencyMs }: DatabaseFacts): Finding {
  const ms = latencyMs < 10 ? latencyMs.toFixed(1) : Math.round(latencyMs)
  const message = english('PostgreSQL {version} answers in {ms} ms', { version, ms })
  if (latencyMs < slowMs) return { status: 'ok', message }
  const advice = english('every answer waits for the database several times: run the gateway near it')
  return { status: latencyMs < badMs ? 'warning' : 'problem', message, advice }
}

function unsafeFinding(setting: string): Finding {
  const values = { setting }
  return {
    status: 'problem',
    message: english(
      '{setting} of the database is off: what the gateway has confirmed may be lost when the power fails',
      values,
    ),
    advice: english('set it in postgresql.conf: {setting} = on', values),
  }
}

function standbyFindings({ ignoresStandby }: DatabaseFacts): Finding[] {
  if (!ignoresStandby) return []
  return [
    {
      status: 'warning',
      message: english('the database does not wait for its standby, which may lack the latest messages'),
      advice: english('set it in postgresql.conf: {setting} = on', { setting: 'synchronous_commit' }),
    },
  ]
}

function encryptionFindings({ isEncrypted, isOnThisMachine }: DatabaseFacts): Finding[] {
  if (isEncrypted) return [{ status: 'ok', message: english('the connection to the database is encrypted') }]
  if (isOnThisMachine) return []
  const message = english('the connection to the database is not encrypted')
  return [{ status: 'warning', message, advice: english('remove state.tls, and sslmode from state.url') }]
}

function connectionsFinding({
  wantedConnections: wanted,
  allowedConnections: allowed,
}: DatabaseFacts): Finding {
  const message = english('all gateways use up to {wanted} connections; the database accepts {allowed}', {
    wanted,
    allowed,
  })
  if (wanted <= allowed) return { status: 'ok', message }
  const advice = english(
    'raise max_connections of the server or the limit of its user, or lower state.poolSize',
  )
  return { status: 'warning', message, advice }
}
