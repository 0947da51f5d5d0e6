/**
 * Which state this is, and whether it may be used. A state that was moved elsewhere, or is not whole yet, must not be used
 * by a gateway: there would be two of one state. The mark of a folder is a file in it, that of a database a row.
 */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { MoltbotError } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { english } from '../language/speech.ts'
import { flushToDisk, readFileIfThere, writeFileAtomic } from './atomic-file.ts'

const stateMark = z.object({
  id: z.string(),
  /** `filling`: it is being moved here. `moved`: it was moved away, and what is here is an earlier copy. */
  phase: z.enum(['open', 'filling', 'moved']),
  /** Where it comes from, or has gone to. */
  other: z.object({ id: z.string(), place: z.string() }).exactOptional(),
})

export interface StateMark extends z.output<typeof stateMark> {}

/** Of a state that has none. */
export const newMark = (): StateMark => ({ id: randomUUID(), phase: 'open' })

const markFile = (stateDir: string) => join(stateDir, 'state-mark.json')

/** Undefined: the folder has never had to do with a move. @throws `state-mark-damaged` */
export function folderMark(stateDir: string): StateMark | undefined {
  const file = markFile(stateDir)
  const text = readFileIfThere(file)
  return text === undefined ? undefined : parseMark(text, file)
}

/** Resolves when it is on the disk. */
export async function markFolder(stateDir: string, mark: StateMark): Promise<void> {
  writeFileAtomic(markFile(stateDir), `${JSON.stringify(mark)}\n`)
  await flushToDisk(stateDir)
}

/** @param where it is, for people. @throws `state-mark-damaged` */
export function parseMark(text: string, where: string): StateMark {
  try {
    return stateMark.parse(JSON.parse(text))
  } catch {
    throw new MoltbotError(
      'state-mark-damaged',
      english(
        '{file} cannot be read, so it is not known whether the state was moved; delete it if it was not',
        { file: where },
      ),
    )
  }
}

/** @throws `state-moved`, `state-unfinished`, `state-mark-damaged` */
export function refuseUnusableFolder(stateDir: string): void {
  const mark = folderMark(stateDir)
  const values = { folder: stateDir, place: mark?.other?.place ?? '' }
  if (mark?.phase === 'moved')
    throw new MoltbotError(
      'state-moved',
      english(
        'the state of {folder} was moved to {place}: set state.url or MOLTBOT_STATE_URL; or go on with this older copy: moltbot state migrate --undo',
        values,
      ),
    )
  if (mark?.phase === 'filling')
    throw new MoltbotError(
      'state-unfinished',
      english(
        'the state in {folder} is not whole: finish its move from {place}: moltbot state migrate --to sqlite',
        values,
      ),
    )
}

/** Of a database. @throws `state-moved`, `state-unfinished` */
export function refuseUnusableMark(mark: StateMark | undefined): void {
  const values = { place: mark?.other?.place ?? '' }
  if (mark?.phase === 'moved')
    throw new MoltbotError(
      'state-moved',
      english(
        'the state of this database was moved to {place}: remove state.url and MOLTBOT_STATE_URL; or go on with this older copy: moltbot state migrate --undo',
        values,
      ),
    )
  if (mark?.phase === 'filling')
    throw new MoltbotError(
      'state-unfinished',
      english(
        'the state in this database is not whole: finish its move from {place}: moltbot state migrate --to postgres',
        values,
      ),
    )
}
