/**
 * Where the configuration file is.
 */

import { join, resolve } from 'node:path'
import { homeDir } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'
import { ConfigError } from './config-error.ts'
import { shippedConfig } from './shipped.ts'

export interface FindOptions {
  /** `--config`; goes before everything else. */
  readonly path?: string
  readonly env: NodeJS.ProcessEnv
  readonly exists: (path: string) => boolean
}

/**
 * The absolute path of the file to use: the one named by `--config` or `MOLTBOT_CONFIG_PATH`, else the first that
 * exists of `~/.moltbot/config.json5`, `~/.clawdbot/config.json5` and `~/.clawdbot/moltbot.json`.
 * @throws ConfigError `config-not-found`, which says where it looked and what can be done.
 */
export function findConfig({ path, env, exists }: FindOptions): string {
  const home = env.HOME || homeDir()
  const named = path ?? env.MOLTBOT_CONFIG_PATH
  const places = named ? [absolute(named, home)] : usualPlaces(home)
  const found = places.find(exists)
  if (found !== undefined) return found
  const source = path ? ' (from --config)' : named ? ' (from MOLTBOT_CONFIG_PATH)' : ''
  throw new ConfigError('config-not-found', notFound(places, source))
}

/**
 * The absolute path of a file to write: the one named by `--config` or `MOLTBOT_CONFIG_PATH`, else `~/.moltbot/config.json5`.
 * @throws ConfigError `config-not-found` without a home directory
 */
export function configPlace({ path, env }: Omit<FindOptions, 'exists'>): string {
  const home = env.HOME || homeDir()
  const named = path ?? env.MOLTBOT_CONFIG_PATH
  const place = named ? absolute(named, home) : usualPlaces(home)[0]
  if (place !== undefined) return place
  throw new ConfigError('config-not-found', notFound([], ''))
}

/** None without a home directory. */
function usualPlaces(home: string | undefined): string[] {
  if (home === undefined) return []
  return [
    join(home, '.moltbot', 'config.json5'),
    join(home, '.clawdbot', 'config.json5'),
    join(home, '.clawdbot', 'moltbot.json'),
  ]
}

/** A leading `~` is the home folder also where no shell has replaced it, as in a systemd unit. */
function absolute(path: string, home: string | undefined): string {
  return resolve(path.replace(/^~(?=$|[\\/])/, (tilde) => home ?? tilde))
}

function notFound(places: readonly string[], source: string): string {
  if (places.length === 0) {
    return 'no configuration file: this user has no home directory to look in; name the file with --config or MOLTBOT_CONFIG_PATH'
  }
  const file = shippedConfig('config.example.json5') ?? 'config/config.example.json5'
  return [
    `no configuration file${source}; looked at:`,
    ...places.map((place) => `  ${place}`),
    english('Write one with: moltbot setup (an example with every key is {file})', { file }),
    'Or try it without one: moltbot gateway run --sandbox',
  ].join('\n')
}
