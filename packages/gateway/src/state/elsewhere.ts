/**
 * Whether the state is in a database. Commands that know files only must not go on without it in silence.
 */

import { existsSync } from 'node:fs'
import { MoltbotError } from '@moltbot/channel-sdk'
import { readDotEnv } from '../config/dotenv.ts'
import { findConfig } from '../config/find.ts'
import { readConfigTree } from '../config/include.ts'
import { nodeAt } from '../config/located.ts'
import { english } from '../language/speech.ts'
import { usedConfig } from '../log/find-log.ts'
import { folderMark } from './state-mark.ts'

export interface StatePlace {
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
}

/**
 * Looks at the text of the configuration only: its variables may be known to the gateway alone.
 * @throws `config-invalid`, `config-unreadable`: it is not known then
 */
async function isInDatabase({ stateDir, env }: StatePlace): Promise<boolean> {
  if (env.MOLTBOT_STATE_URL || folderMark(stateDir)?.phase === 'moved') return true
  const file = (await usedConfig(stateDir)) ?? configFile(env)
  if (file === undefined) return false
  if ((await readDotEnv(file, env)).env.MOLTBOT_STATE_URL) return true
  const url = nodeAt((await readConfigTree(file)).root, ['state', 'url'])
  return url?.kind === 'scalar' && url.value !== ''
}

function configFile(env: NodeJS.ProcessEnv): string | undefined {
  try {
    return findConfig({ env, exists: existsSync })
  } catch {
    return undefined
  }
}

/** @throws `state-in-database` */
export async function refuseIfInDatabase(place: StatePlace, advice: DatabaseAdvice): Promise<void> {
  if (await isInDatabase(place)) throw inDatabase(advice)
}

export type DatabaseAdvice = keyof typeof databaseAdvice

const databaseAdvice = {
  backup: () =>
    english(
      'the state is in PostgreSQL, and this command saves files only. Save it with: pg_dump --format=custom --file=moltbot.dump "$MOLTBOT_STATE_URL"',
    ),
  restore: () =>
    english(
      'the state is in PostgreSQL, and this command restores files only. Stop the gateways, then: pg_restore --clean --if-exists --dbname="$MOLTBOT_STATE_URL" moltbot.dump',
    ),
  check: () =>
    english(
      'the state is in PostgreSQL, and this command reads files only. Check it with: pg_amcheck --install-missing "$MOLTBOT_STATE_URL"',
    ),
  import: () =>
    english(
      'the state is in PostgreSQL, and an import goes into files only. Import without state.url and MOLTBOT_STATE_URL into an empty state directory (MOLTBOT_STATE_DIR), then: moltbot state migrate --to postgres',
    ),
}

export function inDatabase(advice: DatabaseAdvice): MoltbotError {
  return new MoltbotError('state-in-database', databaseAdvice[advice]())
}
