/**
 * Moves the whole state from SQLite files into PostgreSQL, or back. While a gateway uses it, everything that is there is
 * copied ahead; the rest is copied while no gateway can. Then every row of both is compared, the source is marked as moved,
 * and the target as whole, in this order: at no moment may both be used. Whatever ends it before, the source is as it was,
 * and the same command goes on.
 */

import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type ChannelPlugin, codeOf, MoltbotError } from '@moltbot/channel-sdk'
import { type FileLock, takeLock } from '@moltbot/channel-sdk/lock'
import { english } from '../language/speech.ts'
import type { PostgresDatabase } from '../postgres/database.ts'
import { placeOf } from '../postgres/options.ts'
import { databaseMark, markDatabase } from '../postgres/state-mark.ts'
import { takeGatewayLock } from '../state/lock.ts'
import { makePrivateDir } from '../state/state-dir.ts'
import { folderMark, markFolder, newMark, type StateMark } from '../state/state-mark.ts'
import { admitTarget, movedBefore } from './admit.ts'
import { bringOver, compare, isEmpty, type TableDifference, type TableReport } from './copy.ts'
import {
  foreignTable,
  hasTables,
  holdingDatabase,
  prepareDatabase,
  refuseRunning,
  withDatabase,
} from './database-hold.ts'
import { PostgresSide } from './postgres-side.ts'
import {
  type MovedStore,
  type MovePlaces,
  movedStores,
  type Part,
  partsOf,
  type Side,
  type Target,
} from './side.ts'
import { hasFiles, SqliteSource, SqliteTarget } from './sqlite-side.ts'

export interface MoveOrder extends MovePlaces {
  readonly to: 'postgres' | 'sqlite'
  readonly plugins: readonly ChannelPlugin[]
  readonly onStep: (step: MoveStep) => void
}

/** `ahead`: a gateway uses the state. `copy`: none does. */
export type MoveStep =
  | { readonly step: 'ahead' | 'copy' | 'compare' }
  | { readonly step: 'rows'; readonly table: string; readonly rows: number }

export interface MoveReport {
  readonly from: string
  readonly to: string
  readonly tables: readonly TableReport[]
}

interface Move extends MoveOrder {
  readonly db: PostgresDatabase
  readonly stores: readonly MovedStore[]
  readonly parts: readonly Part[]
}

/**
 * @returns undefined: it was moved there before
 * @throws `gateway-running` on either side, once everything that can be is copied; `state-not-empty`, `state-moved`,
 * `state-unfinished`, `state-not-found`, `state-outdated`, `state-busy`, `state-differs`; what the databases say
 */
export async function moveState(order: MoveOrder): Promise<MoveReport | undefined> {
  const stores = movedStores(order.plugins)
  return withDatabase(order.database, (db) => {
    const move = { ...order, db, stores, parts: partsOf(stores) }
    return order.to === 'postgres' ? toPostgres(move) : toSqlite(move)
  })
}

async function toPostgres(move: Move): Promise<MoveReport | undefined> {
  const { stateDir, db, stores, leaseMs } = move
  if (!hasFiles(stateDir, stores)) throw notFound(stateDir)
  const foreign = await foreignTable(db, stores)
  if (foreign !== undefined) throw foreignDatabase(foreign)
  await prepareDatabase(db, stores)
  return holdingDatabase(db, leaseMs, async (session) => {
    const mark = folderMark(stateDir) ?? newMark()
    const target = new PostgresSide(db, placeOf(move.database))
    const admitted = await admitTarget(
      { mark, place: stateDir },
      { mark: await databaseMark(session), place: target.place, isEmpty: () => isUnused(target, move) },
    )
    if (admitted === undefined) return undefined
    await markFolder(stateDir, mark)
    await markDatabase(db, admitted)
    const source = SqliteSource.open(stateDir, stores)
    try {
      const release = await whenUnused(
        () => holdFolder(stateDir, stores),
        () => ahead(source, target, move),
      )
      try {
        refuseOther(mark, folderMark(stateDir), stateDir)
        const tables = await copyWhole(source, target, move)
        const other = { id: admitted.id, place: target.place }
        await markFolder(stateDir, { ...mark, phase: 'moved', other })
        await markDatabase(session, { ...admitted, phase: 'open' })
        return { from: stateDir, to: target.place, tables }
      } finally {
        release()
      }
    } finally {
      source.close()
    }
  })
}

async function toSqlite(move: Move): Promise<MoveReport | undefined> {
  const { stateDir, db, stores, leaseMs, database } = move
  const place = placeOf(database)
  if (!(await hasTables(db))) throw notFound(place)
  await prepareDatabase(db, stores)
  makePrivateDir(stateDir)
  const lock = takeLock(join(stateDir, 'move.lock'))
  try {
    const mark = (await databaseMark(db)) ?? newMark()
    const admitted = await admitFolder(move, mark, place)
    if (admitted === undefined) return undefined
    await markDatabase(db, mark)
    const source = new PostgresSide(db, place)
    const target = SqliteTarget.open(stateDir, stores)
    try {
      await whenUnused(
        () => refuseRunning(db, leaseMs),
        () => ahead(source, target, move),
      )
      const tables = await holdingDatabase(db, leaseMs, async (session) => {
        const release = holdFolder(stateDir, stores)
        try {
          refuseOther(mark, await databaseMark(session), place)
          for (const { state } of stores) if (state.fence !== undefined) await db.query(state.fence)
          const compared = await copyWhole(source, target, move)
          const other = { id: admitted.id, place: stateDir }
          await markDatabase(session, { ...mark, phase: 'moved', other })
          return compared
        } finally {
          release()
        }
      })
      await markFolder(stateDir, { ...admitted, phase: 'open' })
      return { from: place, to: stateDir, tables }
    } finally {
      await target.close()
    }
  } finally {
    lock.release()
  }
}

/** A folder that has a state already may be in use by a gateway, unless its mark keeps gateways from it. */
async function admitFolder({ stateDir, stores, ...move }: Move, mark: StateMark, place: string) {
  const before = folderMark(stateDir)
  const isShut = before?.phase === 'filling' || before?.phase === 'moved'
  const release = isShut || !hasFiles(stateDir, stores) ? () => undefined : holdFolder(stateDir, stores)
  try {
    const admitted = await admitTarget(
      { mark, place },
      {
        mark: before,
        place: stateDir,
        isEmpty: async () => {
          const files = SqliteSource.open(stateDir, stores)
          return isUnused(files, move).finally(() => files.close())
        },
      },
    )
    if (admitted !== undefined) await markFolder(stateDir, admitted)
    return admitted
  } finally {
    release()
  }
}

function ahead(source: Side, target: Target, { parts, onStep }: Move): Promise<number> {
  onStep({ step: 'ahead' })
  return bringOver(source, target, parts, (table, rows) => onStep({ step: 'rows', table, rows }))
}

async function copyWhole(source: Side, target: Target, { parts, onStep }: Move): Promise<TableReport[]> {
  onStep({ step: 'copy' })
  await bringOver(source, target, parts, (table, rows) => onStep({ step: 'rows', table, rows }))
  await target.finish(parts)
  onStep({ step: 'compare' })
  const { tables, differences } = await compare(source, target, parts)
  if (differences.length > 0) throw differs(differences)
  return tables
}

/** @param hold throws `gateway-running` while the state is in use: then `work` is done before it is tried once more */
async function whenUnused<Held>(
  hold: () => Held | Promise<Held>,
  work: () => Promise<unknown>,
): Promise<Held> {
  try {
    return await hold()
  } catch (error) {
    if (codeOf(error) !== 'gateway-running') throw error
    await work()
    return hold()
  }
}

/** @throws `gateway-running`, `locked` */
function holdFolder(stateDir: string, stores: readonly MovedStore[]): () => void {
  const locks: FileLock[] = [takeGatewayLock(stateDir)]
  const release = () => {
    for (const lock of locks) lock.release()
  }
  try {
    for (const { state, folder } of stores)
      if (state.lock !== undefined) locks.push(state.lock(join(stateDir, folder)))
    return release
  } catch (error) {
    release()
    throw error
  }
}

/** A gateway that was started once, and nothing else. */
function isUnused(side: Side, { parts }: Pick<Move, 'parts'>): Promise<boolean> {
  return isEmpty(
    side,
    parts.filter(({ table }) => !table.mayRemain),
  )
}

/** Meanwhile, the state may have been moved to a third place. @throws `state-moved` */
function refuseOther(before: StateMark, now: StateMark | undefined, place: string): void {
  if (!isDeepStrictEqual(before, now)) throw movedBefore(place, now)
}

function notFound(place: string): MoltbotError {
  return new MoltbotError('state-not-found', english('there is no state in {place}', { place }))
}

function foreignDatabase(table: string): MoltbotError {
  return new MoltbotError(
    'state-not-empty',
    english(
      'the database has tables of another program ({table}); make one for moltbot alone, with createdb',
      {
        table,
      },
    ),
  )
}

function differs(differences: readonly TableDifference[]): MoltbotError {
  const what = differences
    .map(
      ({ table, rows, rowsThere, differing }) =>
        `${table}: ${rows} rows, there ${rowsThere}, other or missing ${differing}`,
    )
    .join('; ')
  return new MoltbotError(
    'state-differs',
    english('what was copied is not what was there ({what}); the state stays where it is', { what }),
  )
}
