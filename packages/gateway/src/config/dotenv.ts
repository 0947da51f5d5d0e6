/**
 * `.env` beside the configuration file: variables for its `${NAME}` and the proxy, so that keys need no `export`. They
 * are not put into the process's own environment, where every program that it starts could read them.
 */

import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { codeOf, messageOf } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'
import type { ConfigProblem } from './config-error.ts'
import { readText, type Stamp } from './files.ts'

export interface DotEnv {
  /** Absolute, whether it exists or not. */
  readonly file: string
  readonly stamp: Stamp
  /** The given environment and, where that does not have them, the variables of the file. */
  readonly env: NodeJS.ProcessEnv
  readonly warnings: readonly ConfigProblem[]
}

/** Never throws: most configurations have no such file, and a folder of this name is usually one of Python's. */
export async function readDotEnv(configFile: string, env: NodeJS.ProcessEnv): Promise<DotEnv> {
  const file = join(dirname(configFile), '.env')
  try {
    const { text, stamp } = await readText(file)
    const variables = parseEnv(text.replace(/^\uFEFF/, ''))
    const open = await readableByOthers(file)
    const template =
      'other users of this machine can read this file; if it has secrets, run: chmod 600 {file}'
    const message = english(template, { file })
    return { file, stamp, env: { ...variables, ...env }, warnings: open ? [warning(file, message)] : [] }
  } catch (error) {
    const warnings = codeOf(error) === 'ENOENT' ? [] : [warning(file, `is not used: ${messageOf(error)}`)]
    return { file, stamp: codeOf(error), env, warnings }
  }
}

async function readableByOthers(file: string): Promise<boolean> {
  const { mode } = await stat(file)
  return process.platform !== 'win32' && (mode & 0o044) !== 0 // Windows has no such modes.
}

function warning(file: string, message: string): ConfigProblem {
  return { file, line: 1, column: 1, path: '', message, severity: 'warning' }
}
