/**
 * The status of a gateway for people: what it is, then its accounts, then whatever is wrong and what to do about it.
 */

import { localTime } from '@moltbot/channel-sdk'
import type { AccountAnswer, StatusAnswer } from '../api/answers.ts'
import { labelled } from './labelled.ts'
import type { Output } from './show.ts'
import { toDo } from './to-do.ts'

export function statusLines(status: StatusAnswer, output: Output): string[] {
  const { version, pid, url, healthy, phase, stateDir, database, config, model, accounts } = status
  const { say } = output
  return [
    say('moltbot {version} is {phase} (pid {pid}, {url})', { version, phase, pid, url }),
    labelled(say('health'), healthy ? say('healthy') : say('not healthy, see below')),
    labelled(say('config'), config.path),
    labelled(say('state'), database ?? stateDir),
    labelled(say('model'), model ?? say('none configured')),
    ...(status.proxy === undefined ? [] : [labelled(say('proxy'), status.proxy)]),
    ...clusterLines(status, output),
    ...accounts.flatMap((account) => accountLines(account, output)),
    ...pairingLines(status, output),
    ...setAsideLines(status, output),
    ...filesLines(status, output),
    ...reloadLines(status, output),
    ...warningsOf(status).map((warning) => labelled(say('warning'), output.translate(warning))),
    ...otherProblems(status).map((problem) => labelled(say('problem'), output.translate(problem))),
  ]
}

/** The problem of an account is its reason and what to do, so that no sentence repeats them. */
function accountLines(account: AccountAnswer, output: Output): string[] {
  const { say } = output
  const { channel, accountId, state, reason, qr, problem, gateway } = account
  const advice = problem === undefined ? undefined : toDo(account, output)
  return [
    labelled(
      say('account'),
      say('{channel}/{accountId}: {state}, {reason}', { channel, accountId, state, reason }),
    ),
    ...(gateway === undefined ? [] : [labelled('', say('served by gateway {gateway}', { gateway }))]),
    ...(qr === undefined ? [] : [labelled('', say('link of the QR code: {url}', { url: qr }))]),
    ...(advice === undefined ? [] : [labelled(say('to do'), advice)]),
    ...limitLines(account, output),
  ]
}

const hourMs = 60 * 60_000

/** What refusals have told of the backend's limits; nothing where there was none. */
function limitLines({ limits }: AccountAnswer, { say }: Output): string[] {
  if (limits === undefined) return []
  const { documented, seenSends, seenWindowMs, refusals, lastRefusalMs } = limits
  const { quota, window, rate } = refusals
  if (quota + window + rate === 0) return []
  const seen = say('seen for one message of a person: {sends} of {of} sends, {hours} of {ofHours} hours', {
    sends: seenSends ?? documented.sends,
    of: documented.sends,
    hours: Math.round(((seenWindowMs ?? documented.windowMs) / hourMs) * 10) / 10,
    ofHours: documented.windowMs / hourMs,
  })
  const refused = say(
    'refusals: {quota} for used-up sends, {window} after the window, {rate} for the rate; last {time}',
    {
      quota,
      window,
      rate,
      time: lastRefusalMs === undefined ? '' : localTime(lastRefusalMs),
    },
  )
  return [labelled(say('limits'), seen), labelled('', refused)]
}

/** Every gateway that shares the accounts. */
function clusterLines({ cluster }: StatusAnswer, { say }: Output): string[] {
  return (cluster?.gateways ?? []).map(({ name, accounts, isDraining, weight, version }) =>
    labelled(
      say('gateway'),
      [
        say('{name}: {accounts} accounts, version {version}', { name, accounts, version }),
        ...(name === cluster?.name ? [say('this one')] : []),
        ...(weight === 1 ? [] : [say('weight {weight}', { weight })]),
        ...(isDraining ? [say('drained')] : []),
      ].join(', '),
    ),
  )
}

function pairingLines({ pairing: { pending = 0 } }: StatusAnswer, { say }: Output): string[] {
  if (pending === 0) return []
  const waiting = say('{count} waiting; see them with: moltbot pairing list', { count: pending })
  return [labelled(say('pairing'), waiting)]
}

/** A line for the gateway's own rows, and one for each account that has some. */
function setAsideLines({ accounts, setAside }: StatusAnswer, { say }: Output): string[] {
  const lines = accounts.map((one) => [`${one.channel}/${one.accountId}`, one.setAside] as const)
  return [[say('sessions and pairing'), setAside] as const, ...lines]
    .filter(([, count]) => count > 0)
    .map(([place, count]) =>
      labelled(
        say('unread'),
        `${place}: ${say('{count} rows could not be read and are set aside', { count })}`,
      ),
    )
}

const bytesPerMb = 1024 * 1024

/** What files take, and who waits or was refused because of it. */
function filesLines({ files }: StatusAnswer, { say }: Output): string[] {
  const { disk, memory } = files
  const [used, limit] = [disk.inUse + disk.spare, disk.limit].map((bytes) => Math.ceil(bytes / bytesPerMb))
  const waiting = say('{count} turns wait until others need less memory for files', { count: memory.waiting })
  const refused = say('{count} files were refused: no room on the disk (media.maxDiskMb)', {
    count: disk.refused,
  })
  return [
    labelled(say('files'), say('{used} of {limit} MB on the disk', { used: used ?? 0, limit: limit ?? 0 })),
    ...(memory.waiting > 0 ? [labelled('', waiting)] : []),
    ...(disk.refused > 0 ? [labelled('', refused)] : []),
  ]
}

function reloadLines({ config }: StatusAnswer, { say, translate }: Output): string[] {
  if (config.reloadError === undefined) return []
  const lines = translate(config.reloadError).split('\n')
  return [
    labelled(say('problem'), say('The configuration on disk is invalid and not in use:')),
    ...lines.map((line) => labelled('', line)),
  ]
}

function otherProblems({ problems, accounts }: StatusAnswer): string[] {
  return problems.filter((problem) => accounts.every((account) => account.problem !== problem))
}

function warningsOf({ warnings, accounts }: StatusAnswer): string[] {
  return [
    ...warnings,
    ...accounts.flatMap((account) =>
      (account.warnings ?? []).map((warning) => `${account.channel}/${account.accountId}: ${warning}`),
    ),
  ]
}
