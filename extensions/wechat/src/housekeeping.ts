/**
 * What the store needs beside its use: old rows and texts are removed, and the whole file is checked once.
 */

import { type Logger, messageOf } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from './config/resolve.ts'
import type { ShownFiles } from './store/shown-files.ts'
import type { Retention, Store } from './store/store.ts'

export interface HousekeepingOptions {
  readonly store: Pick<Store, 'prune' | 'check'>
  readonly shown?: Pick<ShownFiles, 'prune'>
  readonly log: Logger
  /** All that are configured now. */
  readonly accounts: () => readonly ResolvedAccount[]
  /** Milliseconds since the epoch. Defaults to the system's clock. */
  readonly now?: () => number
}

const dayMs = 24 * 60 * 60_000
/**
 * De-duplication and the operator's questions reach back this long at least. A message may wait for a week, and whoever sent it
 * can still learn that it was given up.
 */
const rowsMs = 8 * dayMs
/** Texts of an account that is no longer configured. */
const otherTextsMs = 7 * dayMs
const pruneEveryMs = 10 * 60_000
/** Where an account keeps texts for less than a day. */
const pruneOftenMs = 60_000
/** The check reads the whole file: not while accounts are connecting. */
const checkAfterMs = 60_000

/** @returns what ends it: no write begins after that */
export function startHousekeeping({
  store,
  shown,
  log,
  accounts,
  now = Date.now,
}: HousekeepingOptions): () => void {
  const ending = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const prune = async () => {
    try {
      const retention = retentionOf(accounts(), now(), ending.signal)
      await store.prune(retention)
      await shown?.prune(retention.nowMs, retention.textsMs, otherTextsMs)
    } catch (error) {
      if (!ending.signal.aborted) log.error({ error: messageOf(error) }, 'Old rows could not be removed')
    }
    if (ending.signal.aborted) return
    const often = accounts().some(({ retentionMs }) => retentionMs < dayMs)
    timer = setTimeout(prune, often ? pruneOftenMs : pruneEveryMs).unref()
  }
  const check = async () => {
    try {
      const damage = await store.check()
      if (damage === undefined || ending.signal.aborted) return
      const message = 'The journal is damaged; at the next start it is moved aside and a new one is begun'
      log.error({ code: 'database-damaged', damage }, message)
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'The journal could not be checked')
    }
  }
  timer = setTimeout(prune, 0).unref()
  const checking = setTimeout(check, checkAfterMs).unref()
  return () => {
    ending.abort()
    clearTimeout(timer)
    clearTimeout(checking)
  }
}

function retentionOf(accounts: readonly ResolvedAccount[], nowMs: number, signal: AbortSignal): Retention {
  return {
    nowMs,
    rowsMs: Math.max(rowsMs, ...accounts.map(({ retentionMs }) => retentionMs)),
    textsMs: new Map(accounts.map(({ id, retentionMs }) => [id, retentionMs])),
    otherTextsMs,
    history: Math.max(0, ...accounts.map(longestHistory)),
    signal,
  }
}

/** Of all its groups. */
function longestHistory({ historyLimit, groups }: ResolvedAccount): number {
  return Math.max(historyLimit, ...[...groups.values()].map((entry) => entry.historyLimit ?? 0))
}
