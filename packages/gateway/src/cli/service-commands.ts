/**
 * `gateway install` and `uninstall`: the file of a service that keeps the gateway running, and the commands that follow.
 * Nothing is started or stopped here.
 */

import { realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type ChannelPlugin, homeDir, MoltbotError } from '@moltbot/channel-sdk'
import { ConfigError } from '../config/config-error.ts'
import { readDotEnv } from '../config/dotenv.ts'
import { findConfig } from '../config/find.ts'
import { loadConfig } from '../config/load.ts'
import type { Daemon } from '../daemon/daemon.ts'
import { installService, type ServiceFile, serviceFile, uninstallService } from '../daemon/service-file.ts'
import { makeStateDirFor, type SystemUser, systemUser } from '../daemon/system-user.ts'
import { english } from '../language/speech.ts'
import { proxyVariables } from '../network/proxy.ts'
import { stateDirPath } from '../state/state-dir.ts'
import { type Output, print } from './show.ts'

export interface ServiceOptions {
  readonly config?: string
  /** A service of the machine, which runs as `user`. */
  readonly system?: true
  readonly user?: string
  readonly dryRun?: true
}

export interface ServiceDeps {
  readonly env: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
  readonly plugins: () => Promise<readonly ChannelPlugin[]>
  readonly exists: (path: string) => boolean
}

/** @throws `usage`, `config-not-found`, `no-service-manager`, `service-not-ours`, and what is wrong with the configuration */
export async function install(
  options: ServiceOptions,
  deps: ServiceDeps,
  output: Output,
): Promise<undefined> {
  const { say } = output
  const { exists } = deps
  const named = options.config === undefined ? {} : { path: options.config }
  const { file, config, stateDir, user } = fileFor(options, deps, (env) =>
    findConfig({ env, exists, ...named }),
  )
  const missing = await missingThere(config, deps)
  if (options.dryRun) {
    output.write(file.text)
    return
  }
  const done = installService(file)
  if (user !== undefined) makeStateDirFor(user, stateDir)
  const { path } = file
  print(output, done === 'same' ? say('{path} is up to date.', { path }) : say('Written: {path}', { path }))
  if (missing.length > 0)
    print(
      output,
      say(
        'These variables are set in this shell only; write them to .env beside the configuration: {names}',
        { names: missing.join(', ') },
      ),
    )
  print(output, say('Next:'), ...file.start.map(indented), say('Its log:'), indented(file.log))
}

/** @throws `usage`, `no-service-manager`, `service-not-ours` */
export async function uninstall(
  options: ServiceOptions,
  deps: ServiceDeps,
  output: Output,
): Promise<undefined> {
  const { say } = output
  const { file } = fileFor(options, deps, () => '/') // Its place depends on no configuration.
  const { path } = file
  if (options.dryRun) {
    print(output, path)
    return
  }
  const done = uninstallService(file)
  print(output, done ? say('Removed: {path}', { path }) : say('There is no {path}.', { path }))
  if (done) print(output, say('Next:'), ...file.stop.map(indented))
}

const indented = (line: string) => `  ${line}`

function fileFor(
  options: ServiceOptions,
  { env, platform }: ServiceDeps,
  configFor: (env: NodeJS.ProcessEnv) => string,
): { file: ServiceFile; config: string; stateDir: string; user: SystemUser | undefined } {
  const { system, user: name } = options
  if (system && name === undefined)
    throw new MoltbotError('usage', english('error: say with --user as whom the service is to run'))
  if (!system && name !== undefined)
    throw new MoltbotError('usage', english('error: --user is for a service of the machine, with --system'))
  const user = name === undefined ? undefined : systemUser(name)
  const home = name === undefined ? homeDir() : user?.home
  if (home === undefined)
    throw new MoltbotError('no-home', english('the user {name} has no home directory', { name: name ?? '' }))
  const theirs = name === undefined ? env : { ...env, HOME: home }
  const config = configFor(theirs)
  const stateDir = stateDirPath(theirs, home)
  const daemon: Daemon = {
    node: process.execPath,
    bin: realpathSync(process.argv[1] ?? ''),
    config,
    stateDir,
    writable: [...new Set([stateDir, dirname(config)])],
    ...(env.NODE_EXTRA_CA_CERTS && { caFile: resolve(env.NODE_EXTRA_CA_CERTS) }),
    ...(name !== undefined && { user: name }),
  }
  for (const path of [daemon.node, daemon.bin, config, stateDir, daemon.caFile ?? '']) requireOneLine(path)
  return { file: serviceFile(daemon, { platform, env, home }), config, stateDir, user }
}

function requireOneLine(path: string): void {
  if (/[\p{Cc}]/u.test(path))
    throw new MoltbotError(
      'usage',
      english('error: a path with control characters cannot be in a service: {path}', {
        path: JSON.stringify(path),
      }),
    )
}

const missingVariable = /^the environment variable (\w+) is not set/
/** Those that need not be named in the configuration. */
const usedByThemselves = ['MOLTBOT_STATE_URL', 'MOLTBOT_GATEWAY_NAME', ...proxyVariables]

/** Variables that the gateway would use and that only this shell has. @throws what else is wrong with it */
async function missingThere(path: string, { env, plugins }: ServiceDeps): Promise<string[]> {
  const channels = await plugins()
  await loadConfig({ path, env, channels })
  const { HOME, MOLTBOT_STATE_DIR } = env
  const later = { ...(HOME && { HOME }), ...(MOLTBOT_STATE_DIR && { MOLTBOT_STATE_DIR }) }
  const { env: theirs } = await readDotEnv(path, later)
  const unused = usedByThemselves.filter((name) => env[name] && theirs[name] === undefined)
  return [...new Set([...(await unsetNames(() => loadConfig({ path, env: later, channels }))), ...unused])]
}

/** The variables that a configuration is missing. */
async function unsetNames(load: () => Promise<unknown>): Promise<string[]> {
  try {
    await load()
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.flatMap(({ message }) => missingVariable.exec(message)?.[1] ?? [])
  }
}
