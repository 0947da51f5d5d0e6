/**
 * `moltbot import`: accounts, approvals and settings of an OpenClaw on this machine become moltbot's. What belongs to
 * OpenClaw is only read.
 */

import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  type ChannelPlugin,
  codeOf,
  type ImportedAccount,
  type ImportGap,
  MoltbotError,
  messageOf,
} from '@moltbot/channel-sdk'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { readConfigTree } from '../config/include.ts'
import { type Located, plainValue } from '../config/located.ts'
import { gatewayMigrations } from '../gateway-database.ts'
import { english } from '../language/speech.ts'
import { createPairingDesk } from '../pairing/sqlite-pairing.ts'
import { takeGatewayLock } from '../state/lock.ts'
import { makePrivateDir } from '../state/state-dir.ts'
import { refuseUnusableFolder } from '../state/state-mark.ts'
import { configText } from './config-text.ts'
import { counterpartsOf } from './counterparts.ts'
import { type OpenClawPlace, openClawPlace, runningOpenClaw } from './openclaw-place.ts'

export interface ImportOrder {
  /** `openclaw`: its settings and all its WeChat accounts. `tencent`: the accounts of Tencent's plugin. */
  readonly of: 'openclaw' | 'tencent'
  /** See `openClawPlace`. */
  readonly path?: string | undefined
  readonly dryRun: boolean
  /** The file to write the configuration to; it must not exist. */
  readonly configFile?: string | undefined
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  readonly plugins: readonly ChannelPlugin[]
}

export interface ImportReport {
  /** What it was read from. */
  readonly folder: string
  /** The process of OpenClaw's gateway, where it runs. Only in a dry run. */
  readonly running: number | undefined
  readonly accounts: readonly (ImportedAccount & { readonly channel: string })[]
  readonly gaps: readonly ImportGap[]
  /** With its secrets. */
  readonly config: object
  /** The file that was written. */
  readonly configFile: string | undefined
}

/**
 * @throws `import-not-found`, `import-source-running`, `import-invalid`, `config-exists`, `gateway-running`, `locked`, what
 * is wrong with OpenClaw's configuration, and what the stores say. Nothing is changed then, or the same command goes on
 */
export async function runImport(order: ImportOrder): Promise<ImportReport> {
  const place = openClawPlace(order.path, order.env)
  const configFile = order.configFile === undefined ? undefined : resolve(order.configFile)
  if (configFile !== undefined && existsSync(configFile)) throw configExists(configFile)
  const running = runningOpenClaw(place)
  if (running !== undefined && !order.dryRun) throw sourceRunning(place, running)
  const gaps: ImportGap[] = []
  const root = await readConfig(place, order, gaps)
  const { accounts, channels } = await inState(order, () => takeOver(place, root, order, gaps))
  const config = { ...ownConfig(root, order, gaps), ...(Object.keys(channels).length > 0 && { channels }) }
  if (accounts.length === 0 && Object.keys(config).length === 0 && gaps.length === 0)
    throw nothingThere(place)
  if (configFile !== undefined && !order.dryRun) writeConfig(configFile, config)
  return { folder: place.folder, running, accounts, gaps, config, configFile }
}

/** Accounts of Tencent's plugin can be used without the configuration. */
async function readConfig(
  { configFile }: OpenClawPlace,
  { of }: ImportOrder,
  gaps: ImportGap[],
): Promise<Located | undefined> {
  if (configFile === undefined) return undefined
  try {
    return (await readConfigTree(configFile)).root
  } catch (error) {
    if (of === 'openclaw') throw error
    gaps.push({ what: configFile, reason: messageOf(error).split('\n')[0] ?? '' })
    return undefined
  }
}

function ownConfig(root: Located | undefined, { of }: ImportOrder, gaps: ImportGap[]): object {
  if (of === 'tencent' || root === undefined) return {}
  const counterparts = counterpartsOf(root)
  gaps.push(...counterparts.gaps)
  return counterparts.config
}

/** Under the lock of the state directory: a gateway that runs would not notice what changes. */
async function inState<Result>(
  { stateDir, dryRun }: ImportOrder,
  work: () => Promise<Result>,
): Promise<Result> {
  if (dryRun) return work()
  makePrivateDir(stateDir)
  const lock = takeGatewayLock(stateDir)
  try {
    refuseUnusableFolder(stateDir)
    return await work()
  } finally {
    lock.release()
  }
}

async function takeOver(
  { folder }: OpenClawPlace,
  root: Located | undefined,
  { of, stateDir, dryRun, plugins }: ImportOrder,
  gaps: ImportGap[],
) {
  const config = root === undefined ? undefined : plainValue(root)
  const channels: Record<string, object> = {}
  const all: ImportReport['accounts'][number][] = []
  for (const { id, importAccounts } of plugins) {
    if (importAccounts === undefined) continue
    const own = join(stateDir, id)
    if (!dryRun) makePrivateDir(own)
    const result = await importAccounts({ folder, of, config }, { stateDir: own, dryRun })
    gaps.push(...result.gaps)
    if (result.config !== undefined) channels[id] = result.config
    all.push(...result.accounts.map((account) => ({ ...account, channel: id })))
  }
  if (!dryRun) await admit(all, stateDir)
  return { accounts: all, channels }
}

async function admit(accounts: readonly ImportedAccount[], stateDir: string): Promise<void> {
  const approved = accounts.filter(({ status, approved }) => status !== 'refused' && approved.length > 0)
  if (approved.length === 0) return
  const { db } = openDatabase(join(stateDir, 'gateway.sqlite'), gatewayMigrations)
  try {
    const desk = createPairingDesk(db)
    for (const { accountId, approved: people } of approved) await desk.admit(accountId, people)
  } finally {
    await db.close()
  }
}

/** Private, since it may hold keys. */
function writeConfig(file: string, config: object): void {
  try {
    writeFileSync(file, `${configText(config)}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw codeOf(error) === 'EEXIST' ? configExists(file) : error
  }
}

function configExists(file: string): MoltbotError {
  const message = english(
    '{file} exists already, and is not changed; leave --config out, and add what is printed to the file',
    { file },
  )
  return new MoltbotError('config-exists', message)
}

function sourceRunning({ folder }: OpenClawPlace, pid: number): MoltbotError {
  const message = english(
    'OpenClaw is running on {folder} (pid {pid}), and one login must not be polled by two programs; stop it first: openclaw gateway stop',
    { folder, pid },
  )
  return new MoltbotError('import-source-running', message)
}

function nothingThere({ folder }: OpenClawPlace): MoltbotError {
  const message = english(
    'there is nothing to import in {folder}: no configuration of OpenClaw and no WeChat account',
    {
      folder,
    },
  )
  return new MoltbotError('import-not-found', message)
}
