/**
 * `moltbot import`: finds the logins that are stored below OpenClaw's state directory, decides on each of them, and stores
 * those that are taken as if their codes had been scanned here. Nothing of OpenClaw is changed.
 */

import { randomUUID } from 'node:crypto'
import type { ImportGap, ImportOptions, ImportResult, ImportSource } from '@moltbot/channel-sdk'
import { takeChannelLock } from '../store/channel-lock.ts'
import { readCredentials } from '../store/foreign-databases.ts'
import { openSqliteStore, storeFile } from '../store/sqlite-store.ts'
import { type Decision, decide } from './decide.ts'
import { type Found, liveToken, pluginAccounts, tencentAccounts } from './found.ts'
import { ownSection, sectionWith } from './section.ts'

/** @throws `locked` while the channel runs, `import-invalid`, and what the store says */
export async function importAccounts(
  { folder, of, config }: ImportSource,
  { stateDir, dryRun }: ImportOptions,
): Promise<ImportResult> {
  const gaps: ImportGap[] = []
  const onGap = (gap: ImportGap) => void gaps.push(gap)
  const own = of === 'openclaw' ? ownSection(config) : undefined
  const ofPlugin = own === undefined ? [] : await pluginAccounts(folder, own, onGap)
  const found = [...ofPlugin, ...(await tencentAccounts(folder, onGap))]
  const lock = dryRun ? undefined : takeChannelLock(stateDir)
  try {
    const file = storeFile(stateDir)
    const decided = decide(found, tokensIn(file))
    if (!dryRun) await store(decided, file)
    return { accounts: decided.map(toAccount), gaps, config: configOf(decided, { own, config, onGap }) }
  } finally {
    lock?.release()
  }
}

/** Of the accounts that have a login here. */
function tokensIn(file: string): ReadonlyMap<string, string> {
  const tokens = [...readCredentials(file)].map(([id, stored]) => [id, liveToken(stored)] as const)
  return new Map(tokens.flatMap(([id, token]) => (token === undefined ? [] : [[id, token]])))
}

type Decided = readonly [Found, Decision]

function toAccount([{ accountId, approved, conversations }, decision]: Decided) {
  return { accountId, approved, conversations, ...decision }
}

async function store(decided: readonly Decided[], file: string): Promise<void> {
  const taken = decided.flatMap(([found, { status }]) => (status === 'taken' ? [found] : []))
  if (taken.length === 0) return
  const { store } = openSqliteStore(file)
  try {
    for (const { accountId, adopt } of taken) {
      const account = await store.openAccount(accountId, `import ${randomUUID()}`, 0)
      await adopt(account.puppetState)
      await account.release()
    }
  } finally {
    await store.close()
  }
}

interface Written {
  readonly own: Readonly<Record<string, unknown>> | undefined
  readonly config: unknown
  readonly onGap: (gap: ImportGap) => void
}

function configOf(decided: readonly Decided[], { own, config, onGap }: Written): object | undefined {
  const stay = decided.filter(([{ plugin }, { status }]) => plugin === 'tencent' && status !== 'refused')
  const ids = stay.map(([{ accountId }]) => accountId)
  return sectionWith(own, ids, config, onGap)
}
