/**
 * `state backup`, `restore` and `check`.
 */

import { backupState, checkState, restoreState } from '../state/backup.ts'
import { refuseIfInDatabase, type StatePlace } from '../state/elsewhere.ts'
import { refuseUnusableFolder } from '../state/state-mark.ts'
import { exitCodes } from './failure.ts'
import { type Output, print, show } from './show.ts'

/** @throws `state-in-database`, as all of them; `state-unfinished` */
export async function saveState(place: StatePlace, file: string, output: Output): Promise<undefined> {
  await refuseIfInDatabase(place, 'backup')
  refuseUnusableFolder(place.stateDir)
  const files = await backupState(place.stateDir, file)
  const saved = 'Saved {files} files to {file}. It contains logins and messages: keep it private.'
  print(output, output.say(saved, { files, file }))
}

export async function bringStateBack(place: StatePlace, file: string, output: Output): Promise<undefined> {
  await refuseIfInDatabase(place, 'restore')
  const { stateDir } = place
  const replaced = await restoreState(stateDir, file)
  print(output, output.say('Restored {folder} from {file}.', { folder: stateDir, file }))
  if (replaced === undefined) return
  const earlier = 'The earlier state is in {folder}; delete it when all is well.'
  print(output, output.say(earlier, { folder: replaced }))
}

/** 1 where something is damaged. */
export async function showStateCheck(
  place: StatePlace,
  { json }: { readonly json?: true },
  output: Output,
): Promise<number> {
  await refuseIfInDatabase(place, 'check')
  const { stateDir } = place
  const check = await checkState(stateDir)
  const damaged = check.databases.filter(({ problem }) => problem !== undefined)
  show(output, json, check, () => {
    const lines = check.databases.map(
      ({ path, problem }) => `${path}: ${problem === undefined ? output.say('no damage found') : problem}`,
    )
    if (lines.length === 0) return [output.say('There is no database in {folder}.', { folder: stateDir })]
    const advice = output.say(
      'Restore a backup, or restart the gateway: it moves a damaged file aside and begins a new one.',
    )
    return damaged.length === 0 ? lines : [...lines, advice]
  })
  return damaged.length === 0 ? exitCodes.fine : exitCodes.failed
}
