/**
 * The real OpenClaw gateway with our plugin, its state in a folder of the test's own, and a model on loopback.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ModelServer, type ModelServerOptions, startModelServer } from '@moltbot/channel-sdk/testing'
import { root } from '../../scripts/workspaces.ts'
import { type Backend, startBackend } from '../support/backend.ts'
import { type RunningProcess, until } from '../support/process.ts'
import { hostBin } from './folders.ts'

const readyTimeoutMs = 240_000
const commandTimeoutMs = 180_000

export interface OpenClaw {
  readonly backend: Backend
  readonly model: ModelServer
  readonly stateDir: string
  /** The folder of the agent. */
  readonly workspace: string
  readonly port: number
  /** All output of the gateway so far, in its order. */
  log(): string
  /** Changes the plugin's section under `channels`, which a running gateway notices. @param rest other keys, instead of the stage's */
  configure(section: object, rest?: object): void
  start(): Promise<void>
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Runs `openclaw …`, with all that it wrote. */
  run(...args: string[]): Promise<{ readonly code: number; readonly output: string }>
  /** Starts `openclaw …`. */
  begin(...args: string[]): RunningProcess
  close(): Promise<void>
}

/** As the host knows a plugin. */
export interface PluginIdentity {
  readonly id: string
  /** The key of its configuration under `channels`. */
  readonly section: string
  readonly manifest: string
}

const extension: PluginIdentity = {
  id: 'wechaty',
  section: 'wechat',
  manifest: join(root, 'extensions/wechat/openclaw.plugin.json'),
}

export interface StageOptions extends Pick<ModelServerOptions, 'reply'> {
  /** The module whose `register` the host calls. Defaults to the extension's, compiled. */
  readonly register?: string
  /** Defaults to the extension. */
  readonly plugin?: PluginIdentity
  readonly env?: NodeJS.ProcessEnv
  /** Defaults to the stage's own model. */
  readonly modelBaseUrl?: string
}

/** Nothing runs yet. */
export async function openClawStage({
  register = join(root, 'extensions/wechat/dist/openclaw/plugin.js'),
  plugin = extension,
  modelBaseUrl,
  ...options
}: StageOptions = {}): Promise<OpenClaw> {
  const folder = mkdtempSync(join(tmpdir(), 'moltbot-openclaw-'))
  const [backend, model, port] = await Promise.all([startBackend(), startModelServer(options), freePort()])
  const stateDir = join(folder, 'state')
  const workspace = join(folder, 'workspace')
  const configPath = join(folder, 'openclaw.json')
  const pluginFolder = join(folder, 'plugin')
  for (const dir of [stateDir, workspace, pluginFolder]) mkdirSync(dir)
  writePlugin(pluginFolder, plugin, register)
  const env = {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: folder,
    ...registryAccess(),
    OPENCLAW_STATE_DIR: stateDir,
    OPENCLAW_CONFIG_PATH: configPath,
    NO_COLOR: '1',
    ...options.env,
  }
  let gateway: RunningProcess | undefined
  let written = ''
  const log = () => written

  const configure = (section: object, rest: object = {}) => {
    const config = {
      gateway: { mode: 'local', port, bind: 'loopback', auth: { mode: 'none' } },
      agents: { defaults: { model: { primary: 'fake/fake-1' }, workspace, skipBootstrap: true } },
      models: { mode: 'merge', providers: { fake: providerOf(modelBaseUrl ?? model.baseUrl) } },
      session: { dmScope: 'per-account-channel-peer' },
      tools: { toolSearch: false },
      commands: { ownerAllowFrom: [`${plugin.id}:owner`] },
      messages: { inbound: { debounceMs: 0 } },
      plugins: {
        allow: [plugin.id],
        load: { paths: [pluginFolder] },
        entries: { [plugin.id]: { enabled: true } },
      },
      channels: { [plugin.section]: section },
      ...rest,
      ...metaOf(configPath),
    }
    writeFileSync(configPath, JSON.stringify(config, null, 2))
  }

  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (gateway === undefined) return
    gateway.kill(signal)
    await gateway.exited
    gateway = undefined
  }

  return {
    backend,
    model,
    stateDir,
    workspace,
    port,
    log,
    configure,
    async start() {
      const started = startHost(['gateway', 'run', '--allow-unconfigured'], env, folder, (text) => {
        written += text
      })
      gateway = started
      const ended = started.exited.then((code) => {
        throw new Error(`OpenClaw ended with ${code}\n${log()}`)
      })
      await Promise.race([
        ended,
        until(
          () => /\[gateway\] (?:ready|startup outcomes)/.exec(started.stdout()) ?? undefined,
          log,
          readyTimeoutMs,
        ),
      ])
    },
    stop,
    run: (...args) => command(args, env, folder),
    begin: (...args) => startHost(args, env, folder),
    async close() {
      await stop('SIGKILL')
      await Promise.all([backend.close(), model.close()])
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** How npm, which the host calls with settings of its own, reaches the registry on this machine. */
function registryAccess(): NodeJS.ProcessEnv {
  const { NPM_CONFIG_USERCONFIG = join(homedir(), '.npmrc'), NODE_EXTRA_CA_CERTS } = process.env
  return {
    NPM_CONFIG_USERCONFIG,
    NODE_USE_SYSTEM_CA: '1',
    ...(NODE_EXTRA_CA_CERTS !== undefined && { NODE_EXTRA_CA_CERTS }),
  }
}

function startHost(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  onText: (text: string) => void = () => {},
): RunningProcess {
  const child = spawn(process.execPath, [hostBin, ...args], { cwd, env })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
    onText(text)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
    onText(text)
  })
  return {
    pid: child.pid ?? 0,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    exited: once(child, 'close').then(([code, signal]) => code ?? signal),
    kill: (signal) => void child.kill(signal),
    type: (text) => void child.stdin.write(text),
    end: () => void child.stdin.end(),
  }
}

async function command(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string) {
  const running = startHost(args, env, cwd)
  const overdue = setTimeout(() => running.kill('SIGKILL'), commandTimeoutMs)
  const code = await running.exited
  clearTimeout(overdue)
  return { code: typeof code === 'number' ? code : -1, output: running.stdout() + running.stderr() }
}

/**
 * The extension under a package.json without dependencies. The host copies all dependencies of a plugin at every start and
 * for every command, which in a clone includes those of the whole repository.
 */
function writePlugin(to: string, { id, manifest }: PluginIdentity, register: string): void {
  const packageJson = {
    name: id,
    version: '0.0.0',
    type: 'module',
    openclaw: { extensions: ['./index.js'] },
  }
  writeFileSync(join(to, 'package.json'), JSON.stringify(packageJson))
  copyFileSync(manifest, join(to, 'openclaw.plugin.json'))
  writeFileSync(
    join(to, 'index.js'),
    `import { createRequire } from 'node:module'
// From outside of the plugin's folder, so that the host does not copy what is loaded.
const load = createRequire('/')
export default {
  id: ${JSON.stringify(id)}, name: 'WeChat', description: 'test',
  configSchema: { jsonSchema: { type: 'object', additionalProperties: false, properties: {} } },
  // The name is computed, so that the host does not look into it.
  register: (api) => load([${JSON.stringify(register)}].join('')).register(api, host),
}
const sdk = (name) => ['openclaw', 'plugin-sdk', name].join('/')
const host = {
  process: () => import(sdk('runtime')),
  gateway: () => import(sdk('gateway-runtime')),
  media: () => import(sdk('media-runtime')),
}
`,
  )
}

function providerOf(baseUrl: string): object {
  const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }
  const limits = { contextWindow: 128_000, maxTokens: 4_096 }
  const model = { id: 'fake-1', name: 'Fake 1', reasoning: false, input: ['text', 'image'], cost, ...limits }
  return { baseUrl, apiKey: 'sk-test-openclaw', api: 'openai-completions', models: [model] }
}

/** What the host has added to its file: without that it takes an earlier copy for the better one. */
function metaOf(path: string): object {
  try {
    const { meta, plugins } = JSON.parse(readFileSync(path, 'utf8'))
    return { ...(meta && { meta }), ...(plugins?.installs && { plugins }) }
  } catch {
    return {}
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
