/**
 * Writes what `setup` has asked: the configuration is checked before anything of it is in its place, and an earlier one is
 * moved aside, never overwritten.
 */

import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { ChannelPlugin } from '@moltbot/channel-sdk'
import { ConfigError } from '../config/config-error.ts'
import { loadConfig } from '../config/load.ts'
import { readFileIfThere, writeFileAtomic } from '../state/atomic-file.ts'
import { makePrivateDir } from '../state/state-dir.ts'
import { withVariables } from './env-file.ts'

export interface Written {
  readonly config: string
  /** Where keys were written to. */
  readonly envFile?: string
  /** Where the earlier configuration was moved to. */
  readonly earlier?: string
}

export interface WriteOptions {
  readonly config: string
  readonly text: string
  readonly variables: Readonly<Record<string, string>>
  readonly env: NodeJS.ProcessEnv
  readonly plugins: readonly ChannelPlugin[]
}

/** @throws what is wrong with the configuration, or what the file system says; nothing is changed then */
export async function writeSetup({ config, text, variables, env, plugins }: WriteOptions): Promise<Written> {
  const folder = dirname(config)
  if (!existsSync(folder)) makePrivateDir(folder)
  const envFile = join(folder, '.env')
  const envText = withVariables(readFileIfThere(envFile) ?? '', variables)
  const draft = join(folder, `.${basename(config)}.${process.pid}.tmp`)
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' })
    await check(draft, config, () =>
      loadConfig({ path: draft, env: { ...env, ...variables }, channels: plugins }),
    )
    const hasKeys = Object.keys(variables).length > 0
    if (hasKeys) writeFileAtomic(envFile, envText)
    const earlier = existsSync(config) ? `${config}.${stamp()}.old` : undefined
    if (earlier !== undefined) renameSync(config, earlier)
    renameSync(draft, config)
    return { config, ...(hasKeys && { envFile }), ...(earlier !== undefined && { earlier }) }
  } finally {
    rmSync(draft, { force: true })
  }
}

/** An error names the file that was to be written, not the draft. */
async function check(draft: string, config: string, load: () => Promise<unknown>): Promise<void> {
  try {
    await load()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError(
      'config-invalid',
      error.message.replaceAll(draft, () => config),
    )
  }
}

const stamp = () => new Date().toISOString().replaceAll(/[:.]/g, '-')
