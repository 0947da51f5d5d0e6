/**
 * The configuration: whether it is valid, what in it is probably not meant, and whether others can read its keys.
 */

import { statSync } from 'node:fs'
import type { Finding } from '@moltbot/channel-sdk'
import { accountNames } from '../config/account-names.ts'
import { ConfigError, describeProblem } from '../config/config-error.ts'
import type { LoadedConfig } from '../config/load.ts'
import { scalars } from '../config/located.ts'
import { isSecretPath } from '../config/secrets.ts'
import { english } from '../language/speech.ts'

/** Reported by the check of the model, too, which says what to do. */
const modelKey = 'agents.defaults.model.primary'

export function configFindings(loaded: LoadedConfig): Finding[] {
  const { path, warnings, config } = loaded
  const isTold = (key: string) => key === modelKey && config.agents.defaults.model.primary === undefined
  const told = warnings.filter(({ path: key }) => !isTold(key)).map((problem) => describeProblem(problem))
  const accounts = accountNames(loaded.channels).join(', ') || english('none')
  return [
    { status: 'ok', message: english('{path} is valid; accounts: {accounts}', { path, accounts }) },
    ...told.map((message): Finding => ({ status: 'warning', message })),
    ...openFiles(loaded),
  ]
}

/**
 * @param thrown by `loadConfig`
 * @param isUsed a gateway runs with this file: variables that are missing here are set where it runs
 */
export function configFailure(thrown: unknown, isUsed: boolean): Finding[] {
  if (!(thrown instanceof ConfigError)) throw thrown
  const { code, message, problems } = thrown
  if (code === 'config-not-found') return [notFound(message)]
  if (problems.length === 0) return [{ status: 'problem', message }]
  if (isUsed && problems.every((problem) => missingVariable.test(problem.message))) {
    const names = problems.flatMap((problem) => missingVariable.exec(problem.message)?.[1] ?? [])
    return [onlyThere([...new Set(names)])]
  }
  return problems.map((problem) => ({ status: 'problem', message: describeProblem(problem) }))
}

const missingVariable = /^the environment variable (\w+) is not set/

function onlyThere(names: readonly string[]): Finding {
  const template = 'the running gateway has variables that are not set here, so less can be checked: {names}'
  return { status: 'warning', message: english(template, { names: names.join(', ') }) }
}

/** The error has a line for each place, and advice below them. */
function notFound(message: string): Finding {
  const places = message.split('\n').flatMap((line) => /^ {2}(\S.*)$/.exec(line)?.[1] ?? [])
  const advice = english('write one with: moltbot setup')
  if (places.length === 0) return { status: 'problem', message, advice }
  return {
    status: 'problem',
    message: english('there is no configuration file; looked at {places}', { places: places.join(', ') }),
    advice,
  }
}

/** Keys that are written into files that other users of this machine can read. */
function openFiles({ written }: LoadedConfig): Finding[] {
  if (process.platform === 'win32') return []
  const secrets = [...scalars(written)].filter(
    ([{ value, fromEnv = [] }, path]) =>
      typeof value === 'string' && fromEnv.length === 0 && isSecretPath(path),
  )
  const files = new Set(secrets.map(([{ place }]) => place.file))
  return [...files].filter(isOpen).map((file) => ({
    status: 'warning',
    message: english('{file} has a key in it, and other users of this machine can read it', { file }),
    advice: english('move the key to .env beside it, or run: chmod 600 {file}', { file }),
  }))
}

function isOpen(file: string): boolean {
  return (statSync(file).mode & 0o044) !== 0
}
