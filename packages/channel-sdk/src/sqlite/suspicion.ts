/**
 * What is remembered of a file that may be damaged, in another file beside it, until the next start has checked it.
 */

import { existsSync, rmSync, writeFileSync } from 'node:fs'

const suspicionOf = (file: string) => `${file}.suspect`

export function isSuspected(file: string): boolean {
  return existsSync(suspicionOf(file))
}

/** @param why what was found */
export function suspect(file: string, why: string): void {
  writeFileSync(suspicionOf(file), `${why}\n`, { mode: 0o600 })
}

export function clearSuspicion(file: string): void {
  rmSync(suspicionOf(file), { force: true })
}
