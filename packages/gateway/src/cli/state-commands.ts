/**
 * `state backup`, `restore` and `check`.
 */

import { backupState, checkState, restoreState } from '../state/backup.ts'
import { exitCodes } from './failure.ts'
import { type Output, show } from './show.ts'

export async function saveState(stateDir: string, file: string, output: Output): Promise<undefined> {
  const files = await backupState(stateDir, file)
  output.write(
    `${output.say('Saved {files} files to {file}. It contains logins and messages: keep it private.', { files, file })}\n`,
  )
}

export async function bringStateBack(stateDir: string, file: string, output: Output): Promise<undefined> {
  const replaced = await restoreState(stateDir, file)
  output.write(`${output.say('Restored {folder} from {file}.', { folder: stateDir, file })}\n`)
  if (replaced !== undefined)
    output.write(
      `${output.say('The earlier state is in {folder}; delete it when all is well.', { folder: replaced })}\n`,
    )
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
