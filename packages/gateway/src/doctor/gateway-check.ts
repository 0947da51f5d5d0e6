/**
 * The running gateway, asked through its control plane. Without one, the rest of the checks has to do.
 */

import { codeOf, type Finding, type HealthCheck, messageOf } from '@moltbot/channel-sdk'
import type { StatusAnswer } from '../api/answers.ts'
import type { GatewayClient } from '../control/client.ts'
import { english } from '../language/speech.ts'
import { version } from '../version.ts'
import { outboxFindings } from './outbox-check.ts'

export interface RunningGateway {
  readonly client: GatewayClient
  readonly status: StatusAnswer
}

/** @throws `gateway-unreachable`, also where a gateway runs and does not answer */
export async function askGateway(client: GatewayClient): Promise<RunningGateway> {
  return { client, status: await client.call('status') }
}

/** @param thrown why there is none */
export function noGateway(thrown: unknown): HealthCheck {
  const isSilent = codeOf(thrown) !== 'gateway-unreachable' || / does not respond$/.test(messageOf(thrown))
  const status = isSilent ? 'problem' : 'warning'
  return { about: 'gateway', run: async () => [{ status, message: messageOf(thrown) }] }
}

export function gatewayChecks({ client, status }: RunningGateway): HealthCheck[] {
  return [
    { about: 'gateway', run: async () => statusFindings(status) },
    { about: 'account', timeoutMs: 20_000, run: () => probeFindings(client) },
    { about: 'outbox', run: async () => outboxFindings(await listings(client), Date.now()) },
  ]
}

function statusFindings(status: StatusAnswer): Finding[] {
  const { pid, url, phase, problems, accounts, config } = status
  const warnings = [...status.warnings, ...accounts.flatMap(warningsOf)]
  return [
    {
      status: 'ok',
      message: english('moltbot {version} is {phase} (pid {pid}, {url})', {
        version: status.version,
        phase,
        pid,
        url,
      }),
    },
    ...(status.version === version ? [] : [otherVersion(status.version)]),
    ...(config.reloadError === undefined ? [] : [rejectedEdit()]),
    ...problems.map((message): Finding => ({ status: 'problem', message })),
    ...warnings.map((message): Finding => ({ status: 'warning', message })),
  ]
}

function warningsOf({ channel, accountId, warnings = [] }: StatusAnswer['accounts'][number]): string[] {
  return warnings.map((warning) => `${channel}/${accountId}: ${warning}`)
}

function otherVersion(running: string): Finding {
  const message = english('the gateway that runs is version {running}, and this command is {version}', {
    running,
    version,
  })
  return { status: 'warning', message, advice: english('stop the gateway and start it again') }
}

function rejectedEdit(): Finding {
  const message = english('the configuration on disk is invalid, and the gateway still uses the one before')
  return { status: 'problem', message, advice: english('see what is wrong with it: moltbot config validate') }
}

async function probeFindings(client: GatewayClient): Promise<Finding[]> {
  const { accounts } = await client.call('probe')
  const silent = accounts.filter(({ answers }) => !answers)
  const count = accounts.length - silent.length
  return [
    ...(count > 0
      ? [{ status: 'ok', message: english('accounts that respond: {count}', { count }) } as const]
      : []),
    ...silent.map(({ accountId: account, problem }): Finding => {
      const reason = problem ?? english('does not respond')
      return {
        status: 'problem',
        message: english('{account}: no sign of life: {reason}', { account, reason }),
      }
    }),
  ]
}

async function listings(client: GatewayClient) {
  const [waiting, failed] = await Promise.all([
    client.call('outbox', { which: 'waiting' }),
    client.call('outbox', { which: 'failed' }),
  ])
  return { waiting: waiting.items, failed: failed.items }
}
