/**
 * The configuration as a person may see it in a browser: its files line by line, without secrets, with what is wrong where,
 * and what it comes to for each account.
 */

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { messageOf, type Redactor } from '@moltbot/channel-sdk'
import type { ConfigAnswer } from '../api/answers.ts'
import type { Frozen } from '../api/route.ts'
import { ConfigError, type ConfigProblem, describeProblem } from './config-error.ts'
import { coveredText, withoutStrings } from './covered-text.ts'
import { readText } from './files.ts'
import { findConfig } from './find.ts'
import { type LoadedConfig, type LoadOptions, loadConfig } from './load.ts'
import { maskSecrets } from './secrets.ts'

export type ConfigReport = Frozen<Pick<ConfigAnswer, 'files' | 'problems' | 'accounts'>>

/** @throws ConfigError `config-not-found` */
export async function describeConfig(
  options: LoadOptions,
  redactor: Pick<Redactor, 'register' | 'text'>,
): Promise<ConfigReport> {
  const path = findConfig({ ...options, exists: existsSync })
  const loaded = await loadConfig(options).catch((error: unknown) => {
    if (error instanceof ConfigError) return error
    throw error
  })
  const isRefused = loaded instanceof ConfigError
  if (!isRefused) for (const secret of loaded.secrets) redactor.register(secret)
  const { problems, files, accounts } = isRefused ? refused(loaded, path) : accepted(loaded, options)
  const show = async (file: string) => {
    // Where an included file belongs, and so which of its values are secret, is known of valid files only.
    const covered = isRefused && file !== path ? withoutStrings : coveredText
    return shown(file, (text) => redactor.text(covered(text)))
  }
  return { files: await Promise.all(files.map(show)), problems: problems.map(lineOf), accounts }
}

function accepted({ warnings, files, channels }: LoadedConfig, options: LoadOptions) {
  const accounts = options.channels.flatMap((plugin) => {
    if (!channels.has(plugin.id)) return []
    const resolved = plugin.resolved?.(channels.get(plugin.id)) ?? []
    return resolved.map(({ accountId, settings }) => ({
      channel: plugin.id,
      accountId,
      settings: plainRecord(maskSecrets(settings, ['channels', plugin.id])),
    }))
  })
  return { problems: warnings, files, accounts }
}

/** The main file, and those with a problem: which others there are is not known. */
function refused(error: ConfigError, path: string) {
  const files = [...new Set([path, ...error.problems.map(({ file }) => file)])]
  const whole: ConfigProblem = {
    file: path,
    line: 1,
    column: 1,
    path: '',
    message: error.message,
    severity: 'error',
  }
  return { problems: error.problems.length > 0 ? error.problems : [whole], files, accounts: [] }
}

const plainRecord = (value: unknown): Record<string, unknown> => ({ ...Object(value) })

/** Without the place, which is said beside it. */
function lineOf(problem: ConfigProblem) {
  const { file, line, column, severity } = problem
  return {
    file,
    line,
    severity,
    message: describeProblem(problem).slice(`${file}:${line}:${column}: `.length),
  }
}

async function shown(path: string, covered: (text: string) => string) {
  if (basename(path) === '.env') return { path, why: 'it contains secrets' }
  try {
    return { path, text: covered((await readText(path)).text) }
  } catch (error) {
    return { path, why: messageOf(error) }
  }
}
