/**
 * `channels list`, `status` and `logout`, through the running gateway.
 */

import { z } from 'zod'
import { connectGateway, type GatewayClient } from '../control/client.ts'
import { adviceFor } from '../control/status.ts'
import { columns } from './columns.ts'
import { exitCodes } from './failure.ts'
import { type Output, show } from './show.ts'
import { type AccountView, statusView } from './status-view.ts'

interface Options {
  readonly json?: true
}

const noAccount = 'No account is configured.'
const probeAnswer = z.object({ answers: z.boolean(), problem: z.string().optional() })
type Probe = z.infer<typeof probeAnswer>

export async function listChannels(stateDir: string, { json }: Options, write: Output): Promise<undefined> {
  const { accounts, defaultAccountId } = await statusOf(connectGateway(stateDir))
  const rows = accounts.map(({ channel, accountId, name, puppet, state }) => ({
    channel,
    accountId,
    ...(name !== undefined && { name }),
    puppet,
    state,
    enabled: state !== 'disabled',
    default: accountId === defaultAccountId,
  }))
  show(write, json, rows, () =>
    rows.length === 0
      ? [noAccount]
      : columns([
          ['ACCOUNT', 'PUPPET', 'STATE', 'ENABLED', 'NAME'],
          ...rows.map((row) => [
            row.accountId + (row.default ? ' *' : ''),
            row.puppet,
            row.state,
            row.enabled ? 'yes' : 'no',
            row.name ?? '',
          ]),
          ...(defaultAccountId === undefined ? [] : [['* when none is named']]),
        ]),
  )
}

/** 1 when an account needs a person, or was asked for a sign of life and gave none. */
export async function showChannels(
  stateDir: string,
  { json, probe }: Options & { readonly probe?: true },
  write: Output,
): Promise<number> {
  const gateway = connectGateway(stateDir)
  const { accounts } = await statusOf(gateway)
  const reports = await Promise.all(
    accounts.map(async ({ qr: _, ...account }) => {
      if (!probe || account.state === 'disabled') return account
      const { accountId } = account
      return {
        ...account,
        probe: probeAnswer.parse(await gateway.post('/api/channels/probe', { accountId })),
      }
    }),
  )
  show(write, json, reports, () => (reports.length === 0 ? [noAccount] : reports.flatMap(describe)))
  return reports.some(needsPerson) ? exitCodes.failed : exitCodes.fine
}

export async function logOut(
  stateDir: string,
  { account: accountId, json }: Options & { readonly account?: string },
  write: Output,
): Promise<undefined> {
  const answer = await connectGateway(stateDir).post('/api/channels/logout', { accountId })
  show(write, json, answer, () => {
    const { loggedOut } = z.object({ loggedOut: z.string() }).parse(answer)
    return [
      `Account ${loggedOut} is logged out; moltbot channels login --account ${loggedOut} logs it in again.`,
    ]
  })
}

async function statusOf(gateway: GatewayClient) {
  return statusView.parse(await gateway.get('/api/status'))
}

type Report = Omit<AccountView, 'qr'> & { readonly probe?: Probe }

function needsPerson({ problem, probe }: Report): boolean {
  return problem !== undefined || probe?.answers === false
}

function describe(report: Report): string[] {
  const { accountId, name, puppet, state, sinceMs, reason, nextAction, outbox, setAside } = report
  const { warnings, probe } = report
  const advice = adviceFor(nextAction)
  const { waiting, troubled } = outbox
  const lines = [
    `${accountId}${name === undefined ? '' : ` (${name})`}: ${state} since ${new Date(sinceMs).toISOString()}`,
    `  puppet  ${puppet}`,
    `  reason  ${reason}`,
    ...(advice === undefined ? [] : [`  to do   ${advice}`]),
    `  outbox  ${waiting} waiting, ${troubled} not sent`,
    ...(setAside > 0 ? [`  unread  ${setAside} rows could not be read and are set aside`] : []),
    ...warnings.map((warning) => `  warning ${warning}`),
  ]
  if (probe === undefined) return lines
  return [...lines, `  probe   ${probe.answers ? 'answers' : (probe.problem ?? 'does not answer')}`]
}
