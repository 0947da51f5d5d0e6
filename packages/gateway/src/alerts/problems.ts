/**
 * What is wrong with a gateway at present, each under a key that stays the same while it lasts.
 */

import { statfs } from 'node:fs/promises'
import type { OutboxItem } from '@moltbot/channel-sdk'
import type { GatewayStatus } from '../control/status.ts'
import { spaceFinding } from '../doctor/machine.ts'
import { outboxFindings } from '../doctor/outbox-check.ts'
import { english } from '../language/speech.ts'

type Waiting = Pick<OutboxItem, 'accountId' | 'state' | 'reason' | 'createdMs'>

/** @param waiting what is not sent yet. @param nowMs since the epoch */
export function problemsOf(
  status: GatewayStatus,
  waiting: readonly Waiting[],
  nowMs: number,
): Map<string, string> {
  const { accounts, config, problems } = status
  const ofAccounts = accounts.flatMap(({ channel, accountId, problem }) =>
    problem === undefined ? [] : [[`account/${channel}/${accountId}`, problem] as const],
  )
  const known = new Set(ofAccounts.map(([, text]) => text))
  const others = problems
    .filter((text) => !known.has(text))
    .map((text) => [`gateway/${withoutNumbers(text)}`, text] as const)
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
