/**
 * `puppets list`: what the installed channels know of their backends. Needs no running gateway.
 */

import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type BackendInfo, type ChannelPlugin, codeOf } from '@moltbot/channel-sdk'
import { type FindOptions, findConfig } from '../config/find.ts'
import { columns } from './columns.ts'
import { type Output, show } from './show.ts'

interface Options {
  readonly json?: true
}

/** @param fromDir where a person installs puppets; the folder of the configuration */
export async function listPuppets(
  plugins: readonly ChannelPlugin[],
  fromDir: string,
  { json }: Options,
  write: Output,
): Promise<undefined> {
  const lists = await Promise.all(plugins.map((plugin) => plugin.backends?.(fromDir) ?? []))
  const backends = lists.flat()
  show(write, json, backends, () => [...table(backends), '', ...backends.flatMap(describe)])
}

/** The folder of the configuration; the current one where there is none yet. @throws when `path` names none */
export function configFolder(options: Omit<FindOptions, 'exists'>): string {
  try {
    return dirname(findConfig({ ...options, exists: existsSync }))
  } catch (error) {
    const isNamed = options.path !== undefined || options.env.MOLTBOT_CONFIG_PATH !== undefined
    if (isNamed || codeOf(error) !== 'config-not-found') throw error
    return process.cwd()
  }
}

function table(backends: readonly BackendInfo[]): string[] {
  return columns([
    ['PUPPET', 'SHORT', 'GROUPS', 'MEDIA', 'TYPING', 'IDS', 'BAN RISK', 'INSTALLED'],
    ...backends.map(({ name, shortName = '', groups, media, typing, ids, banRisk, installed }) => [
      name,
      shortName,
      ...[groups, media, typing, ids, banRisk].map((answer) => (answer === 'unknown' ? '?' : answer)),
      installed?.version ?? 'no',
    ]),
  ])
}

function describe({ name, shortName, summary, warning, installed }: BackendInfo): string[] {
  const risk = warning === undefined ? [] : [`  warning: ${warning}`]
  const place = installed === undefined ? [] : [`  ${installed.folder}`]
  return [`${shortName ?? name}: ${summary}`, ...risk, ...place]
}
