/**
 * `puppets list`: what the installed channels know of their backends. Needs no running gateway.
 */

import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type BackendInfo, type ChannelPlugin, codeOf } from '@moltbot/channel-sdk'
import { type FindOptions, findConfig } from '../config/find.ts'
import { wrapped } from '../fold.ts'
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
  output: Output,
): Promise<undefined> {
  const lists = await Promise.all(plugins.map((plugin) => plugin.backends?.(fromDir) ?? []))
  const backends = lists.flat()
  show(output, json, backends, () => [
    ...table(backends, output),
    '',
    ...backends.flatMap((backend) => describe(backend, output)),
  ])
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

function table(backends: readonly BackendInfo[], { say, translate }: Output): string[] {
  const answer = (text: string) => (text === 'unknown' ? '?' : translate(text))
  return columns([
    [
      say('PUPPET'),
      say('GROUPS'),
      say('MEDIA'),
      say('TYPING'),
      say('IDS'),
      say('BAN RISK'),
      say('INSTALLED'),
    ],
    ...backends.map(({ name, shortName, groups, media, typing, ids, banRisk, installed }) => [
      shortName ?? name,
      ...[groups, media, typing, ids, banRisk].map(answer),
      installed?.version ?? say('no'),
    ]),
  ])
}

function describe({ name, shortName, summary, warning, installed }: BackendInfo, output: Output): string[] {
  const { translate } = output
  const title = shortName === undefined ? name : `${shortName} (${name})`
  return [
    ...wrapped(`${title}: ${translate(summary)}`),
    ...(warning === undefined ? [] : wrapped(`  ${translate(`warning: ${warning}`)}`, '    ')),
    ...(installed === undefined ? [] : [`  ${installed.folder}`]),
  ]
}
