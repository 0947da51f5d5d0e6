/**
 * The bearer token of the control plane: made once, readable by the owner only, and how the CLI proves who it is.
 */

import { randomBytes } from 'node:crypto'
import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readFileIfThere, setAside, writeFileAtomic } from './atomic-file.ts'
import { isOurs } from './state-dir.ts'

const tokenBytes = 32
/** 32 bytes in base64url. */
const tokenPattern = /^[\w-]{43}$/

const tokenFile = (stateDir: string) => join(stateDir, 'control-token')

/** The token in `stateDir`, undefined where there is none, it is damaged, or another user put it there. Changes nothing. */
export function readControlToken(stateDir: string): string | undefined {
  const file = tokenFile(stateDir)
  const token = readFileIfThere(file)?.trim()
  return token !== undefined && tokenPattern.test(token) && isOurs(statSync(file)) ? token : undefined
}

/**
 * The token in `stateDir`, made where there is none. A damaged or foreign file is moved aside, and `corruptCopy` says where to;
 * the caller says so as an error. Call it while holding the gateway's lock.
 */
export function ensureControlToken(stateDir: string): { token: string; corruptCopy: string | undefined } {
  const file = tokenFile(stateDir)
  const token = readControlToken(stateDir)
  if (token !== undefined) {
    chmodSync(file, 0o600)
    return { token, corruptCopy: undefined }
  }
  const corruptCopy = readFileIfThere(file) === undefined ? undefined : setAside(file)
  const fresh = randomBytes(tokenBytes).toString('base64url')
  writeFileAtomic(file, `${fresh}\n`)
  return { token: fresh, corruptCopy }
}
