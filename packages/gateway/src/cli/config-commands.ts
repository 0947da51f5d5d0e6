/**
 * `moltbot config`: where the configuration is, whether it is sound, which keys it may have, what it contains.
 * Only `init` writes a file. What reads and checks one is imported when a command needs it.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type ChannelPlugin, MoltbotError } from '@moltbot/channel-sdk'
import { Command } from 'commander'
import { accountNames } from '../config/account-names.ts'
import { ConfigError, formatProblem } from '../config/config-error.ts'
import { configPlace, findConfig } from '../config/find.ts'
import type { LoadedConfig } from '../config/load.ts'
import { type ConfigPath, formatPath, isWritten, type Located, parsePath } from '../config/located.ts'
import { shippedConfig } from '../config/shipped.ts'
import { english, type Speech } from '../language/speech.ts'
import { makePrivateDir } from '../state/state-dir.ts'
import { describeFailure, exitCodeOf, exitCodes } from './failure.ts'

export interface ConfigCommandDeps {
  readonly env: NodeJS.ProcessEnv
  /** The channels that the gateway can run; found only when a command needs them. */
  readonly channels: () => Promise<readonly ChannelPlugin[]>
  /** Of those who read what is written. */
  readonly speech: Speech
  /** Each writes one line; the text comes without its line end. */
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** The code that the process is to end with; not called when all went well. */
  readonly setExitCode: (code: number) => void
}

interface Options {
  readonly config?: string
  readonly json?: boolean
}

/** @param config the command to add to, which passes its settings on to its subcommands. */
export function configCommands(deps: ConfigCommandDeps, config = new Command('config')): Command {
  const { say } = deps.speech
  config.description(say('where the configuration is, whether it is valid, what is in it'))
  const add = (usage: string, description: string, action: (options: Options) => Promise<void>) =>
    command(deps, config, usage, description).action((options: Options) => guarded(deps, options, action))

  add('path', say('print the path of the file in use'), (options) => printPath(deps, options))
  add('validate', say('check the file and show what is wrong with it'), (options) => validate(deps, options))
  config
    .command('schema')
    .description(say('print the JSON Schema of the file, for editors'))
    .action((options: Options) => guarded(deps, options, () => printSchema(deps)))
  const getText = say('print the value of a key, defaults included and secrets hidden')
  command(deps, config, 'get <key>', getText).action((key: string, options: Options) =>
    guarded(deps, options, () => get(deps, key, options)),
  )
  config
    .command('init')
    .description(say('write the example with every key, to be edited; never over a file'))
    .option('--config <file>', say('file to write (else ~/.moltbot/config.json5)'))
    .option('--print', say('print it instead'))
    .action((options: InitOptions) => guarded(deps, options, () => init(deps, options)))
  return config
}

interface InitOptions extends Options {
  readonly print?: true
}

async function init(
  { env, stdout, speech: { say } }: ConfigCommandDeps,
  options: InitOptions,
): Promise<void> {
  const example = shippedConfig('config.example.json5')
  if (example === undefined)
    throw new MoltbotError('package-broken', english('the installation has lost config.example.json5'))
  const text = readFileSync(example, 'utf8')
  if (options.print) return stdout(text.trimEnd())
  const path = configPlace({ ...pathOption(options), env })
  if (existsSync(path))
    throw new MoltbotError('config-exists', english('{file} exists already', { file: path }))
  const folder = dirname(path)
  if (!existsSync(folder)) makePrivateDir(folder)
  writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
  stdout(say('Written: {path}', { path }))
  stdout(say('It is an example: keep what you want to change, and check it with: moltbot config validate'))
}

function command(
  { speech: { say } }: ConfigCommandDeps,
  parent: Command,
  usage: string,
  description: string,
): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--config <file>', say('configuration file'))
    .option('--json', say('for scripts'))
}

async function printPath({ env, stdout }: ConfigCommandDeps, options: Options): Promise<void> {
  const path = findConfig({ ...pathOption(options), env, exists: existsSync })
  stdout(options.json ? json({ path }) : path)
}

async function printSchema({ channels, stdout }: ConfigCommandDeps): Promise<void> {
  const { editorSchema } = await import('../config/json-schema.ts')
  stdout(json(editorSchema(await channels())))
}

async function validate(deps: ConfigCommandDeps, options: Options): Promise<void> {
  const loaded = await load(deps, options)
  const accounts = accountNames(loaded.channels)
  const { path, files, warnings } = loaded
  if (options.json) return deps.stdout(json({ ok: true, path, files, accounts, problems: warnings }))
  const { say, translate } = deps.speech
  deps.stdout(
    say('{path} is valid; accounts: {accounts}', { path, accounts: accounts.join(', ') || say('none') }),
  )
  for (const warning of warnings) deps.stderr(translate(formatProblem(warning)))
}

async function get(deps: ConfigCommandDeps, key: string, options: Options): Promise<void> {
  const path = parsePath(key)
  const { say } = deps.speech
  if (!path) {
    return refuse(
      deps,
      exitCodes.usage,
      say('"{key}" is not a key; a key looks like channels.wechat.dmPolicy', { key }),
    )
  }
  const { config, channels, written } = await load(deps, options)
  const { maskSecrets } = await import('../config/secrets.ts')
  const print = (value: unknown) =>
    deps.stdout(typeof value === 'string' && !options.json ? value : json(value))
  const value = valueAt(maskSecrets({ ...config, channels: Object.fromEntries(channels) }), path)
  if (value !== undefined) {
    print(value)
    const keys = defaultKeys(value, path, written)
    if (options.json || keys.length === 0) return
    return deps.stderr(
      keys[0] === key
        ? say('{key} is the default', { key })
        : say('defaults: {keys}', { keys: keys.join(', ') }),
    )
  }
  const { configJsonSchema, defaultAt } = await import('../config/json-schema.ts')
  const fallback = defaultAt(configJsonSchema(await deps.channels()), path)
  if (fallback === undefined) return refuse(deps, exitCodes.failed, say('{key} is not set', { key }))
  print(fallback)
  if (!options.json) deps.stderr(say('{key} is not set; this is the default', { key }))
}

/** The keys at and below `path` that no file sets, each at its highest. */
function defaultKeys(value: unknown, path: ConfigPath, written: Located): string[] {
  if (value === undefined) return []
  if (!isWritten(written, path)) return [formatPath(path)]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([key, one]) => defaultKeys(one, [...path, key], written))
}

function valueAt(root: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined,
    root,
  )
}

async function load(deps: ConfigCommandDeps, options: Options): Promise<LoadedConfig> {
  const { loadConfig } = await import('../config/load.ts')
  return loadConfig({ ...pathOption(options), env: deps.env, channels: await deps.channels() })
}

/** Prints errors that a person can act on and sets the exit code; a bug is thrown on. */
async function guarded(
  deps: ConfigCommandDeps,
  options: Options,
  action: (options: Options) => Promise<void>,
): Promise<void> {
  try {
    await action(options)
  } catch (error) {
    if (!(error instanceof MoltbotError)) throw error
    const { code, message } = error
    const problems = error instanceof ConfigError ? error.problems : []
    if (options.json) deps.stdout(json({ ok: false, code, message, problems }))
    else deps.stderr(describeFailure(error, deps.speech))
    deps.setExitCode(exitCodeOf(error))
  }
}

function refuse({ stderr, setExitCode }: ConfigCommandDeps, code: number, message: string): void {
  stderr(message)
  setExitCode(code)
}

function pathOption({ config }: Options): { path?: string } {
  return config === undefined ? {} : { path: config }
}

const json = (value: unknown): string => JSON.stringify(value, null, 2)
