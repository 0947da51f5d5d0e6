/**
 * The bearer token of the control plane: made anew at each start, readable by the owner only, and how the CLI proves who
 * it is.
 */

import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { readFileIfThere, writeFileAtomic } from './atomic-file.ts'
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

/** Replaces the token in `stateDir`. Call it while holding the gateway's lock. @returns the new one */
export function makeControlToken(stateDir: string): string {
  const token = randomBytes(tokenBytes).toString('base64url')
  writeFileAtomic(tokenFile(stateDir), `${token}\n`)
  return token
}
