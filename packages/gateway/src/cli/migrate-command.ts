/**
 * `state migrate`: everything that is stored, from files into PostgreSQL or back.
 */

import { readFileSync } from 'node:fs'
import { type ChannelPlugin, codeOf, MoltbotError } from '@moltbot/channel-sdk'
import { clusterSettings } from '../cluster/settings.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { english } from '../language/speech.ts'
import { type MoveReport, type MoveStep, moveState } from '../moving/move.ts'
import type { MovePlaces } from '../moving/side.ts'
import { reopenFolder, undoMove } from '../moving/undo.ts'
import { databaseOf } from '../settings.ts'
import { exitCodes } from './failure.ts'
import { type Output, print, show } from './show.ts'

export interface MigrateWorld {
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  readonly plugins: () => Promise<readonly ChannelPlugin[]>
}

export interface MigrateOptions {
  /** `postgres`, `sqlite` or a URL. */
  readonly to?: string
  readonly urlFile?: string
  readonly config?: string
  readonly undo?: true
  readonly force?: true
  readonly json?: true
  /** What stands beside the options. */
  readonly args?: readonly string[]
}

/** Where nothing is configured: the default of `cluster.leaseSeconds`. */
const defaultLeaseMs = 6_000
/** Rows of a table between two lines. */
const rowsPerLine = 100_000

/** @throws what `moveState` and `undoMove` throw, `usage`; no error has the URL */
export async function migrateState(
  world: MigrateWorld,
  options: MigrateOptions,
  output: Output,
): Promise<number> {
  const { to = '', undo, force = false, json, args = [] } = options
  const isUrl = isDatabaseUrl(to)
  const target = isUrl || to === 'postgres' ? 'postgres' : to === 'sqlite' ? 'sqlite' : undefined
  if (args.length > 0 || (target === undefined) !== (undo === true) || (force && !undo)) throw wrongUse()
  const plugins = await world.plugins()
  const places = () => placesOf(world, plugins, options, isUrl ? to : undefined)
  if (target === undefined) {
    const place = await (force ? reopenFolder(world.stateDir) : undoMove(await places()))
    const undone = 'The state in {place} may be used again, as it was when it was moved.'
    show(output, json, { place }, () => [output.say(undone, { place })])
    return exitCodes.fine
  }
  const moved = await places()
  if (target === 'sqlite' && moved.database.filesDir !== undefined) throw filesElsewhere()
  const onStep = json ? () => undefined : progressTo(output)
  const report = await moveState({ ...moved, plugins, to: target, onStep })
  if (report === undefined)
    print(output, output.say('The state was moved there before; nothing was changed.'))
  else show(output, json, report, () => reportLines(report, target, output))
  return exitCodes.fine
}

const isDatabaseUrl = (text: string) => /^postgres(?:ql)?:\/\//.test(text)

async function placesOf(
  { stateDir, env }: MigrateWorld,
  channels: readonly ChannelPlugin[],
  { urlFile, config: path }: MigrateOptions,
  argument: string | undefined,
): Promise<MovePlaces> {
  const given = argument ?? (urlFile === undefined ? undefined : readFileSync(urlFile, 'utf8').trim())
  const loaded = await configured({ env, channels, ...(path !== undefined && { path }) }, given)
  const url = given ?? (loaded === undefined ? env.MOLTBOT_STATE_URL : undefined)
  const database = loaded === undefined ? url && { url } : databaseOf(loaded, url)
  if (!database || !isDatabaseUrl(database.url)) throw noUrl()
  return { stateDir, database, leaseMs: loaded ? clusterSettings(loaded).leaseMs : defaultLeaseMs }
}

/** With a URL nothing else has to be configured. */
async function configured(
  options: Parameters<typeof loadConfig>[0],
  url: string | undefined,
): Promise<LoadedConfig | undefined> {
  try {
    return await loadConfig(options)
  } catch (error) {
    const isNeeded = (url ?? options.env.MOLTBOT_STATE_URL) === undefined || options.path !== undefined
    if (isNeeded && codeOf(error) !== 'config-not-found') throw error
    return undefined
  }
}

function progressTo(output: Output): (step: MoveStep) => void {
  const { say } = output
  const lines = {
    ahead: say('A gateway uses the state: what is there is copied meanwhile.'),
    copy: say('No gateway uses the state: the rest is copied.'),
    compare: say('Every row of both is compared.'),
  }
  return (step) => {
    if (step.step !== 'rows') print(output, lines[step.step])
    else if (step.rows % rowsPerLine === 0)
      print(output, say('{table}: {rows} rows', { table: step.table, rows: step.rows }))
  }
}

function reportLines({ from, to, tables }: MoveReport, target: 'postgres' | 'sqlite', { say }: Output) {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  return [
    ...tables
      .filter((table) => table.rows > 0)
      .map(({ table, rows, hash }) => `${table}: ${rows}, ${hash.slice(0, 16)}`),
    say('{rows} rows of {tables} tables are the same in {from} and in {to}.', {
      rows,
      tables: tables.length,
      from,
      to,
    }),
    target === 'postgres'
      ? say('Set MOLTBOT_STATE_URL or state.url to the database, then start the gateway.')
      : say('Remove state.url and MOLTBOT_STATE_URL, then start the gateway.'),
    say('The state in {from} stays as a copy that no gateway uses; delete it when all is well.', { from }),
  ]
}

function wrongUse(): MoltbotError {
  return new MoltbotError(
    'usage',
    english(
      'error: say where to: --to postgres, --to sqlite, or a URL that begins with postgres://; or --undo',
    ),
  )
}

function filesElsewhere(): MoltbotError {
  return new MoltbotError(
    'state-files-elsewhere',
    english(
      'files that wait to be sent are in state.filesDir, and would not move; let them be sent, take the key out of the configuration, and try again',
    ),
  )
}

function noUrl(): MoltbotError {
  return new MoltbotError(
    'usage',
    english(
      'error: there is no URL of a database that begins with postgres://; set MOLTBOT_STATE_URL or state.url, or name a file with --url-file',
    ),
  )
}
