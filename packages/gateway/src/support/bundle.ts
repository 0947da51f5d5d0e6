/**
 * `support-bundle`: one archive that can be handed to whoever helps, without keys and, unless asked for, without what
 * people wrote.
 */

import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { type ChannelPlugin, createRedactor, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { create } from 'tar'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { plainValue } from '../config/located.ts'
import { maskSecrets } from '../config/secrets.ts'
import { connectGateway } from '../control/client.ts'
import { examine } from '../doctor/doctor.ts'
import { english } from '../language/speech.ts'
import { findLog } from '../log/find-log.ts'
import { tailOfLog } from '../log/tail.ts'
import { toSettings } from '../settings.ts'
import { version } from '../version.ts'
import { environmentSecrets } from './environment-secrets.ts'

export interface BundleOptions {
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  readonly config?: string
  /** Also the beginnings of messages that are not sent. */
  readonly withTexts?: boolean
  readonly plugins: () => Promise<readonly ChannelPlugin[]>
  readonly offline?: boolean
}

const maxLogBytes = 2 * 1024 * 1024

/**
 * Writes the archive, readable by its owner only.
 * @returns the names of the files in it
 * @throws `bundle-exists`, what the file system says; whatever else fails is a file of the bundle
 */
export async function writeBundle(file: string, options: BundleOptions): Promise<readonly string[]> {
  const target = resolve(file)
  if (existsSync(target)) throw new MoltbotError('bundle-exists', english('{file} exists already', { file }))
  const stage = mkdtempSync(join(dirname(target), '.moltbot-support-'))
  try {
    const contents = await collect(options)
    for (const [name, text] of Object.entries(contents))
      writeFileSync(join(stage, name), text, { mode: 0o600 })
    const names = Object.keys(contents)
    const archive = join(stage, basename(target))
    await create({ gzip: true, portable: true, file: archive, cwd: stage, prefix: 'moltbot-support' }, names)
    chmodSync(archive, 0o600)
    renameSync(archive, target)
    return names
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

/** Everything that goes into the archive, by file name, without secrets. */
export async function collect(options: BundleOptions): Promise<Record<string, string>> {
  const { stateDir, env, plugins, config, offline = true } = options
  const loaded = await loadAny(options)
  const redactor = createRedactor()
  for (const secret of [...loaded.secrets, ...environmentSecrets(loaded.env)]) redactor.register(secret)
  const json = (value: unknown) => `${redactor.line(JSON.stringify(value ?? null))}\n`
  const part = async (make: () => Promise<string>): Promise<string> =>
    make().catch((error: unknown) => json({ failed: messageOf(error) }))
  const { pid, platform, arch, version: node } = process
  const gateway = async () => connectGateway(stateDir)
  return {
    'about.json': json({ version, node, platform, arch, pid, madeAt: new Date().toISOString() }),
    'config.json': json(loaded.config),
    'doctor.json': await part(async () => json(await examine({ stateDir, env, config, plugins, offline }))),
    'status.json': await part(async () => json(withoutLinks(await (await gateway()).call('status')))),
    'outbox.json': await part(async () => json(await outbox(await gateway(), options))),
    'log.jsonl': await part(async () => logTail(options, redactor.line)),
  }
}

interface Readable {
  readonly config: unknown
  readonly secrets: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** A configuration that is wrong is in the bundle by its problems, which the doctor reports. */
async function loadAny({ env, plugins, config }: BundleOptions): Promise<Readable> {
  try {
    const channels = await plugins()
    const loaded = await loadConfig({ env, channels, ...(config !== undefined && { path: config }) })
    return { config: shown(loaded), secrets: toSettings(loaded).secrets, env: loaded.env }
  } catch (error) {
    return { config: { invalid: messageOf(error) }, secrets: [], env }
  }
}

/** As it was written, and not what it resolves to. */
const shown = ({ path, written }: LoadedConfig) => ({ path, config: maskSecrets(plainValue(written)) })

/** Whoever opens the link of a QR code could take the login over. */
function withoutLinks<Status extends { readonly accounts: readonly { readonly qr?: string | undefined }[] }>(
  status: Status,
) {
  return {
    ...status,
    accounts: status.accounts.map(({ qr, ...account }) => ({ ...account, hasQr: qr !== undefined })),
  }
}

async function outbox(gateway: ReturnType<typeof connectGateway>, { withTexts }: BundleOptions) {
  const [waiting, failed] = await Promise.all([
    gateway.call('outbox', { which: 'waiting' }),
    gateway.call('outbox', { which: 'failed' }),
  ])
  const items = (list: typeof waiting.items) =>
    withTexts ? list : list.map(({ preview: _, ...item }) => item)
  return { waiting: items(waiting.items), failed: items(failed.items) }
}

async function logTail(options: BundleOptions, redact: (json: string) => string): Promise<string> {
  const { path } = await findLog(options)
  return tailOfLog(path, maxLogBytes)
    .map((line) => `${redact(JSON.stringify(line))}\n`)
    .join('')
}
