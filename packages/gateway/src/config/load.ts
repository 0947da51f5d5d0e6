/**
 * From a file to a checked configuration: found, read with its includes, filled in from the environment, and judged by
 * the gateway's schema and those of its channels. The file itself is never written.
 */

import { existsSync, statSync } from 'node:fs'
import type { ChannelPlugin } from '@moltbot/channel-sdk'
import { nestedServers } from '../mcp/tool-names.ts'
import { type ConfigProblem, invalidConfig } from './config-error.ts'
import { readDotEnv } from './dotenv.ts'
import { substituteEnv } from './env.ts'
import { fromConfigFile } from './file-path.ts'
import type { Stamp } from './files.ts'
import { findConfig } from './find.ts'
import { foreignKeysAt, notUsed, withoutForeignKeys } from './foreign-keys.ts'
import { readConfigTree } from './include.ts'
import { configJsonSchema, type JsonSchema } from './json-schema.ts'
import { type Located, nodeAt, plainValue } from './located.ts'
import { type Judged, nearest, problemAt, toProblems } from './problems.ts'
import { type GatewayConfig, gatewayConfigSchema } from './schema.ts'
import { configSecrets } from './secrets.ts'

export interface LoadOptions {
  /** `--config`. */
  readonly path?: string
  readonly env: NodeJS.ProcessEnv
  /** The channels that this gateway can run. */
  readonly channels: readonly ChannelPlugin[]
}

export interface LoadedConfig {
  /** The main file. */
  readonly path: string
  /** Every file that was read, the main one first, `.env` last. */
  readonly files: readonly string[]
  /** By file: the state it was read in. Has `.env` where there is none too, so that a new one is noticed. */
  readonly stamps: ReadonlyMap<string, Stamp>
  readonly config: GatewayConfig
  /** What the files say, without defaults. */
  readonly written: Located
  /** The variables that `${NAME}` was taken from. */
  readonly env: NodeJS.ProcessEnv
  /** By channel id, as its plugin's schema gave it; only those that the file names. */
  readonly channels: ReadonlyMap<string, unknown>
  readonly warnings: readonly ConfigProblem[]
  /** Strings that must never be shown: values of keys such as `apiKey`, `token` or `headers`. */
  readonly secrets: readonly string[]
}

/** @throws ConfigError with every problem there is, or with the first one if the file cannot even be read. */
export async function loadConfig({ path, env, channels }: LoadOptions): Promise<LoadedConfig> {
  const file = findConfig({ env, exists: existsSync, ...(path !== undefined && { path }) })
  const tree = await readConfigTree(file)
  const dotEnv = await readDotEnv(file, env)
  const { root: written, problems: missing } = substituteEnv(tree.root, dotEnv.env)
  const { root, warnings } = withoutForeignKeys(written)
  const judged = await judge(root, channels)
  const files = dotEnv.stamp === 'ENOENT' ? tree.files : [...tree.files, dotEnv.file]
  const errors = [
    ...missing,
    ...(missing.length > 0 ? dotEnv.warnings : []),
    ...judged.errors.filter(({ path }) => !missing.some((one) => one.path === path)),
    ...workspaceErrors(judged.config, root, file),
  ]
  if (errors.length > 0 || judged.config === undefined) throw invalidConfig(inOrder(errors, files))
  return {
    path: file,
    files,
    stamps: new Map([...tree.stamps, [dotEnv.file, dotEnv.stamp]]),
    config: judged.config,
    written: root,
    env: dotEnv.env,
    channels: new Map(
      judged.channels.flatMap(({ id, config }) => (config === undefined ? [] : [[id, config]])),
    ),
    warnings: inOrder(
      [
        ...warnings,
        ...dotEnv.warnings,
        ...gatewayWarnings(judged.config, root),
        ...judged.channels.flatMap((channel) => channel.warnings),
      ],
      files,
    ),
    secrets: configSecrets(written),
  }
}

interface Verdict {
  readonly errors: readonly ConfigProblem[]
  /** Not there when the gateway's own part is wrong. */
  readonly config?: GatewayConfig
  readonly channels: readonly CheckedChannel[]
}

interface CheckedChannel {
  readonly id: string
  readonly config: unknown
  readonly errors: readonly ConfigProblem[]
  readonly warnings: readonly ConfigProblem[]
}

async function judge(root: Located, plugins: readonly ChannelPlugin[]): Promise<Verdict> {
  const judged = judgedBy(root, plugins)
  const own = gatewayConfigSchema.safeParse(plainValue(root))
  const channels = await Promise.all(
    channelsOf(root).map(([id, node]) => checkChannel(id, node, plugins, judged)),
  )
  const errors = channels.flatMap((channel) => channel.errors)
  if (!own.success) return { errors: [...toProblems(own.error.issues, judged), ...errors], channels }
  const { channels: _, $schema, ...config } = own.data
  return { errors, config, channels }
}

/** The JSON Schema of everything is made for a configuration with a mistake only. */
function judgedBy(root: Located, plugins: readonly ChannelPlugin[]): Judged {
  let schema: JsonSchema | undefined
  const schemaOf = () => {
    schema ??= configJsonSchema(plugins)
    return schema
  }
  return { root, schema: schemaOf }
}

async function checkChannel(
  id: string,
  node: Located,
  plugins: readonly ChannelPlugin[],
  judged: Judged,
): Promise<CheckedChannel> {
  const base = ['channels', id]
  const plugin = plugins.find((one) => one.id === id)
  if (!plugin) {
    const problem = unknownChannel(id, plugins, judged.root)
    const [errors, warnings] = problem.severity === 'error' ? [[problem], []] : [[], [problem]]
    return { id, config: undefined, errors, warnings }
  }
  const result = await plugin.configSchema['~standard'].validate(plainValue(node))
  if (result.issues) {
    return { id, config: undefined, errors: toProblems(result.issues, judged, base), warnings: [] }
  }
  const warnings = plugin
    .warnings(result.value)
    .map(({ path, message }) => problemAt(judged.root, [...base, ...path], { message, severity: 'warning' }))
  return { id, config: result.value, errors: [], warnings }
}

function unknownChannel(id: string, plugins: readonly ChannelPlugin[], root: Located): ConfigProblem {
  if (foreignKeysAt(['channels']).includes(id))
    return problemAt(root, ['channels', id], { message: notUsed, severity: 'warning' })
  const known = plugins.map((plugin) => plugin.id)
  const near = nearest(id, known)
  return problemAt(root, ['channels', id], {
    message: 'no installed channel has this name',
    allowed: known,
    ...(near !== undefined && { suggestion: JSON.stringify(near) }),
  })
}

function channelsOf(root: Located): [id: string, node: Located][] {
  const channels = nodeAt(root, ['channels'])
  return channels?.kind === 'object' ? [...channels.entries].map(([id, { node }]) => [id, node]) : []
}

/** A folder of the operator's own is not made: most likely its name is mistyped, and the files are elsewhere. */
function workspaceErrors(config: GatewayConfig | undefined, root: Located, file: string): ConfigProblem[] {
  const { workspace } = config?.agents.defaults ?? {}
  if (workspace === undefined) return []
  const folder = fromConfigFile(file, workspace)
  if (isFolder(folder)) return []
  const message = `there is no folder ${folder}; create it, or correct the path`
  return [problemAt(root, ['agents', 'defaults', 'workspace'], { message })]
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** In the order of the files, from the top. */
function inOrder(problems: readonly ConfigProblem[], files: readonly string[]): ConfigProblem[] {
  const rank = ({ file }: ConfigProblem) => files.indexOf(file)
  return problems.toSorted((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column)
}

/** Likely mistakes in the gateway's own part of a valid configuration. */
function gatewayWarnings(config: GatewayConfig, root: Located): ConfigProblem[] {
  return [
    ...modelWarnings(config, root),
    ...channelWarnings(root),
    ...linkWarnings(config, root),
    ...serverWarnings(config, root),
  ]
}

function channelWarnings(root: Located): ConfigProblem[] {
  if (channelsOf(root).some(([id]) => !foreignKeysAt(['channels']).includes(id))) return []
  const message =
    'no channel is configured, so there is nobody to answer; add channels.wechat, which may be empty: { channels: { wechat: {} } }'
  return [problemAt(root, ['channels'], { message, severity: 'warning' })]
}

function modelWarnings({ agents, models }: GatewayConfig, root: Located): ConfigProblem[] {
  const { primary } = agents.defaults.model
  const path = ['agents', 'defaults', 'model', 'primary']
  const warn = (message: string) => [problemAt(root, path, { message, severity: 'warning' })]
  if (primary === undefined) {
    return warn(
      'no model is configured, so people get the answer that there is no model; name one as "provider/model"',
    )
  }
  const slash = primary.indexOf('/')
  const listed = models.providers[primary.slice(0, slash)]?.models?.map(({ id }) => id)
  if (!listed || listed.includes(primary.slice(slash + 1))) return []
  return warn(`the provider's list of models does not have "${primary.slice(slash + 1)}"`)
}

/** The memory of an id that is two people's would be that of the first. */
function linkWarnings({ session }: GatewayConfig, root: Located): ConfigProblem[] {
  const people = new Map<string, string>()
  return Object.entries(session.identityLinks).flatMap(([person, ids]) =>
    ids.flatMap((written) => {
      const id = written.trim()
      const first = people.get(id) ?? person
      people.set(id, first)
      if (first === person) return []
      const message = `"${id}" is under "${first}" already, and is taken for that person`
      return [problemAt(root, ['session', 'identityLinks', person], { message, severity: 'warning' })]
    }),
  )
}

/** A pattern such as `orders_*` is taken for the tools of one server, and is the beginning of another one's too. */
function serverWarnings({ mcp }: GatewayConfig, root: Located): ConfigProblem[] {
  return nestedServers(Object.keys(mcp.servers)).map(([outer, inner]) => {
    const message = `the pattern "${outer}_*" also matches the tools of this server; rename one of the two servers if they need different permissions`
    return problemAt(root, ['mcp', 'servers', inner], { message, severity: 'warning' })
  })
}
