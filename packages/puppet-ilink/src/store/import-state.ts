/**
 * Moves the state of a folder into another store, for a program that used the puppet's own file so far and now
 * passes a store.
 */

import { existsSync, renameSync } from 'node:fs'
import type { ILinkError } from '../errors.ts'
import { damagedEntry, isPortable } from './entries.ts'
import { type OwnState, openOwnState, stateFiles, syncFolder } from './own-file.ts'
import type { StateChange, StateEntry, StateStore } from './state-store.ts'

/** Entries copied in one write. */
const pageSize = 500

export interface ImportedState {
  /** How many entries were copied; 0 when the folder has no state. */
  readonly entries: number
  /** Files that could not be read and were set aside. */
  readonly problems: readonly ILinkError[]
}

/**
 * Copies the state of `stateDir` (a former `stateDir` of a puppet, of any version) into `into`, durably, and then
 * renames its file to `ilink.sqlite.imported`. A folder without state is left alone, so call it before every start. It
 * may be interrupted at any moment: the next call copies everything again.
 *
 * @example
 * ```ts
 * import { importState, PuppetILink, type StateStore } from 'wechaty-puppet-ilink'
 *
 * declare const state: StateStore // your implementation
 * await importState('.my-bot', state)
 * const puppet = new PuppetILink({ stateDir: '.my-bot' }, { state })
 * ```
 * @throws ILinkError state-in-use, state-newer; whatever `into` rejects with
 */
export const importState = async (stateDir: string, into: StateStore): Promise<ImportedState> => {
  const { database, credentials } = stateFiles(stateDir)
  if (!existsSync(database) && !existsSync(credentials)) return { entries: 0, problems: [] }
  const { store, problems } = openOwnState(stateDir, Date.now())
  let entries: number
  try {
    entries = await copyAll(store, into)
  } finally {
    // Folds the write-ahead log into the file, which is then all there is.
    await store.close()
  }
  renameSync(database, `${database}.imported`)
  syncFolder(stateDir)
  return { entries, problems }
}

const copyAll = async (from: OwnState['store'], into: StateStore): Promise<number> => {
  let entries = 0
  for (const kind of await from.kinds()) {
    for await (const page of pagesOf(from, kind)) {
      await into.write(
        page.map((entry) => changeOf(kind, entry)),
        'durable',
      )
      entries += page.length
    }
  }
  return entries
}

/** A damaged row may hold what the other database refuses. */
const changeOf = (kind: string, entry: StateEntry): StateChange =>
  isPortable(entry.key + entry.value)
    ? { kind, ...entry }
    : damagedEntry({ kind, ...entry }, 'not portable text', entry.atMs)

async function* pagesOf(from: StateStore, kind: string) {
  for (let after: string | undefined; ; ) {
    const page = await from.list(kind, { limit: pageSize, ...(after === undefined ? {} : { after }) })
    if (page.length === 0) return
    yield page
    after = page.at(-1)?.key
  }
}
