/**
 * `channels list`, `status` and `logout`, through the running gateway.
 */

import { localTime } from '@moltbot/channel-sdk'
import type { AccountAnswer, ProbeAnswer } from '../api/answers.ts'
import { connectGateway } from '../control/client.ts'
import { type AccountChoice, chosenAccount } from './channel-accounts.ts'
import { columns } from './columns.ts'
import { exitCodes } from './failure.ts'
import { labelled } from './labelled.ts'
import { type Output, show } from './show.ts'
import { toDo } from './to-do.ts'

interface Options {
  readonly json?: true
}

export async function listChannels(stateDir: string, { json }: Options, output: Output): Promise<undefined> {
  const { accounts, defaultAccountId, cluster } = await connectGateway(stateDir).call('status')
  const rows = accounts.map(({ channel, accountId, name, puppet, state, gateway }) => ({
    channel,
    accountId,
    ...(name !== undefined && { name }),
    puppet,
    state,
    ...(gateway !== undefined && { gateway }),
    enabled: state !== 'disabled',
    default: accountId === defaultAccountId,
  }))
  const { say, translate } = output
  const where = (text: string) => (cluster === undefined ? [] : [text])
  show(output, json, rows, () =>
    rows.length === 0
      ? [say('No account is configured.')]
      : columns([
          [
            say('ACCOUNT'),
            say('PUPPET'),
            say('STATE'),
            say('ENABLED'),
            ...where(say('GATEWAY')),
            say('NAME'),
          ],
          ...rows.map((row) => [
            row.accountId + (row.default ? ' *' : ''),
            row.puppet,
            translate(row.state),
            row.enabled ? say('yes') : say('no'),
            ...where(row.gateway ?? ''),
            row.name ?? '',
          ]),
          ...(defaultAccountId === undefined ? [] : [[say('* used by commands that name no account')]]),
        ]),
  )
}

/** 1 when an account needs a person, or was asked for a sign of life and gave none. */
export async function showChannels(
  stateDir: string,
  { json, probe }: Options & { readonly probe?: true },
  output: Output,
): Promise<number> {
  const gateway = connectGateway(stateDir)
  const { accounts } = await gateway.call('status')
  const probes = new Map(
    probe ? (await gateway.call('probe')).accounts.map((one) => [one.accountId, one]) : [],
  )
  const reports = accounts.map(({ qr: _, ...account }) => {
    const probed = probes.get(account.accountId)
    return probed === undefined ? account : { ...account, probe: probed }
  })
  show(output, json, reports, () =>
    reports.length === 0
      ? [output.say('No account is configured.')]
      : reports.flatMap((report) => describe(report, output)),
  )
  return reports.some(needsPerson) ? exitCodes.failed : exitCodes.fine
}

export async function logOut(
  stateDir: string,
  { json, ...choice }: Options & AccountChoice,
  output: Output,
): Promise<undefined> {
  const gateway = connectGateway(stateDir)
  const accountId =
    choice.channel === undefined ? choice.account : (await chosenAccount(gateway, choice)).accountId
  const answer = await gateway.call('logout', { accountId })
  const { loggedOut: account } = answer
  show(output, json, answer, () => [
    output.say('Account {account} is logged out.', { account }),
    output.say('To log in again: moltbot channels login --account {account}', { account }),
  ])
}

type Report = Omit<AccountAnswer, 'qr'> & { readonly probe?: ProbeAnswer }

function needsPerson({ problem, probe }: Report): boolean {
  return problem !== undefined || probe?.answers === false
}

function describe(report: Report, { say, translate }: Output): string[] {
  const { accountId, name, puppet, state, sinceMs, reason, outbox, setAside, warnings = [], gateway } = report
  const advice = toDo(report, { say, translate })
  const title = name === undefined ? accountId : `${accountId} (${name})`
  return [
    say('{title}: {state} since {time}', { title, state, time: localTime(sinceMs) }),
    labelled(say('puppet'), puppet),
    ...(gateway === undefined ? [] : [labelled(say('gateway'), gateway)]),
    labelled(say('reason'), translate(reason)),
    ...(advice === undefined ? [] : [labelled(say('to do'), advice)]),
    labelled(
      say('outbox'),
      say('{waiting} waiting, {failed} not sent', { waiting: outbox.waiting, failed: outbox.troubled }),
    ),
    ...(setAside > 0
      ? [
          labelled(
            say('unread'),
            say('{count} rows could not be read and are set aside', { count: setAside }),
          ),
        ]
      : []),
    ...warnings.map((warning) => labelled(say('warning'), translate(warning))),
    ...probeLines(report, { say, translate }),
  ]
}

function probeLines({ probe }: Report, { say, translate }: Pick<Output, 'say' | 'translate'>): string[] {
  if (probe === undefined) return []
  const { answers, problem } = probe
  const result = problem === undefined ? say('does not respond') : translate(problem)
  return [labelled(say('probe'), answers ? say('responds') : result)]
}
