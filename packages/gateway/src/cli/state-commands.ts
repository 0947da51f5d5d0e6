/**
 * `state backup`, `restore` and `check`.
 */

import { backupState, checkState, restoreState } from '../state/backup.ts'
import { exitCodes } from './failure.ts'
import { type Output, print, show } from './show.ts'

export async function saveState(stateDir: string, file: string, output: Output): Promise<undefined> {
  const files = await backupState(stateDir, file)
  const saved = 'Saved {files} files to {file}. It contains logins and messages: keep it private.'
  print(output, output.say(saved, { files, file }))
}

export async function bringStateBack(stateDir: string, file: string, output: Output): Promise<undefined> {
  const replaced = await restoreState(stateDir, file)
  print(output, output.say('Restored {folder} from {file}.', { folder: stateDir, file }))
  if (replaced === undefined) return
  const earlier = 'The earlier state is in {folder}; delete it when all is well.'
  print(output, output.say(earlier, { folder: replaced }))
}

/** 1 where something is damaged. */
export async function showStateCheck(
  stateDir: string,
  { json }: { readonly json?: true },
  output: Output,
): Promise<number> {
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
