/**
 * Goes back to the copy that the last move has left at its source. What happened since is in the other state only, which may
 * not be used any more.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'
import { placeOf } from '../postgres/options.ts'
import { databaseMark, markDatabase } from '../postgres/state-mark.ts'
import { takeGatewayLock } from '../state/lock.ts'
import { folderMark, markFolder, type StateMark } from '../state/state-mark.ts'
import { hasTables, holdingDatabase, withDatabase } from './database-hold.ts'
import type { MovePlaces } from './side.ts'

/** @returns where the state is that may be used now @throws `gateway-running`, `state-not-moved`, what the database says */
export async function undoMove({ stateDir, database, leaseMs }: MovePlaces): Promise<string> {
  const place = placeOf(database)
  return withDatabase(database, async (db) => {
    if (!(await hasTables(db))) throw notMoved(stateDir)
    return holdingDatabase(db, leaseMs, async (session) => {
      const lock = takeGatewayLock(stateDir)
      try {
        const here = folderMark(stateDir)
        const there = await databaseMark(session)
        if (here === undefined || there === undefined) throw notMoved(stateDir)
        if (isMoved(here, there)) {
          await markDatabase(db, shut(there, { id: here.id, place: stateDir }))
          await markFolder(stateDir, { ...here, phase: 'open' })
          return stateDir
        }
        if (!isMoved(there, here)) throw notMoved(stateDir)
        await markFolder(stateDir, shut(here, { id: there.id, place }))
        await markDatabase(session, { ...there, phase: 'open' })
        return place
      } finally {
        lock.release()
      }
    })
  })
}

/** As {@link undoMove}, where the database is lost: what is there is not looked at. @throws `state-not-moved`, `gateway-running` */
export async function reopenFolder(stateDir: string): Promise<string> {
  const lock = takeGatewayLock(stateDir)
  try {
    const mark = folderMark(stateDir)
    if (mark?.phase !== 'moved') throw notMoved(stateDir)
    await markFolder(stateDir, { ...mark, phase: 'open' })
    return stateDir
  } finally {
    lock.release()
  }
}

const isMoved = (from: StateMark, to: StateMark) => from.phase === 'moved' && from.other?.id === to.id

/** So that it is not used, and the move can be made again. */
const shut = (mark: StateMark, other: NonNullable<StateMark['other']>): StateMark => ({
  ...mark,
  phase: 'filling',
  other,
})

function notMoved(folder: string): MoltbotError {
  return new MoltbotError(
    'state-not-moved',
    english('the state of {folder} was not moved to this database, nor back, so there is nothing to undo', {
      folder,
    }),
  )
}
