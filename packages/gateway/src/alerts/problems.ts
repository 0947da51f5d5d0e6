/**
 * What is wrong with a gateway at present, each under a key that stays the same while it lasts and begins with its kind.
 */

import { statfs } from 'node:fs/promises'
import type { OutboxItem } from '@moltbot/channel-sdk'
import { type AlertKind, alertKinds } from '../config/alerts-schema.ts'
import type { GatewayStatus } from '../control/status.ts'
import { spaceFinding } from '../doctor/machine.ts'
import { outboxFindings } from '../doctor/outbox-check.ts'
import { english } from '../language/speech.ts'

type Waiting = Pick<OutboxItem, 'accountId' | 'state' | 'reason' | 'createdMs'>

/** Problems of a status whose kind only their origin can tell. */
export type KnownProblems = Readonly<Partial<Record<'model' | 'tools' | 'disk', readonly string[]>>>

/** @param waiting what is not sent yet. @param nowMs since the epoch */
export function problemsOf(
  status: GatewayStatus,
  waiting: readonly Waiting[],
  nowMs: number,
  ofKinds: KnownProblems = {},
): Map<string, string> {
  const { accounts, config, problems } = status
  // Of an account that another gateway serves, that one tells.
  const ofAccounts = accounts.flatMap(({ channel, accountId, problem, gateway }) =>
    problem === undefined || gateway !== status.cluster?.name
      ? []
      : [[`account/${channel}/${accountId}`, problem] as const],
  )
  const known = new Set(accounts.map(({ problem }) => problem))
  const others = problems
    .filter((text) => !known.has(text))
    .map((text) => [keyOf(text, ofKinds), text] as const)
  const stuck = outboxFindings({ waiting, failed: [] }, nowMs)
    .filter(({ status }) => status === 'problem')
    .map(({ message }) => [`outbox/${withoutNumbers(message)}`, message] as const)
  const edit = 'the configuration on disk is invalid, and the gateway still uses the one before'
  return new Map([
    ...ofAccounts,
    ...others,
    ...stuck,
    ...(config.reloadError === undefined ? [] : [['config', english(edit)] as const]),
  ])
}

function keyOf(text: string, ofKinds: KnownProblems): string {
  const topic = withoutNumbers(text)
  const [kind = 'gateway'] =
    Object.entries(ofKinds).find(([, texts]) => texts.some((one) => withoutNumbers(one) === topic)) ?? []
  return `${kind}/${topic}`
}

/** Keys of accounts that are starting: whether what was wrong with them is solved shows later. */
export function unclearKeys({ accounts }: GatewayStatus): ReadonlySet<string> {
  const starting = accounts.filter(({ state }) => state === 'starting')
  return new Set(starting.map(({ channel, accountId }) => `account/${channel}/${accountId}`))
}

/** What a problem with this key is about. */
export function kindOf(key: string): AlertKind {
  const [first] = key.split('/')
  return alertKinds.find((kind) => kind === first) ?? 'gateway'
}

/** A sentence whose count changes is still about the same; of an outbox the reason may name people. */
function withoutNumbers(text: string): string {
  return text.split(/[:;]/)[0]?.replaceAll(/\d+/g, '#') ?? ''
}

/** Whether the disk of a folder is nearly full. */
export async function diskProblem(folder: string): Promise<[string, string][]> {
  const { bavail, bsize } = await statfs(folder)
  const { status, message } = spaceFinding(bavail * bsize, false)
  return status === 'problem' ? [['disk', message]] : []
}
