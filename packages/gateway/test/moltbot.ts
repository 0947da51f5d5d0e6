/**
 * The real `moltbot` command in child processes, in a checkout of its own that has the fake extension installed.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { scratch } from './scratch.ts'

const gatewayFolder = join(import.meta.dirname, '..')
const repository = join(gatewayFolder, '..', '..')

/** @returns its `bin/moltbot.js`. */
export function makeCheckout(): string {
  const root = scratch()
  const gateway = join(root, 'packages', 'gateway')
  for (const part of ['bin', 'src', 'package.json']) {
    cpSync(join(gatewayFolder, part), join(gateway, part), { recursive: true })
  }
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
  const own = join(gatewayFolder, 'node_modules')
  if (existsSync(own)) symlinkSync(own, join(gateway, 'node_modules'))
  const scope = join(root, 'packages', 'node_modules', '@moltbot')
  mkdirSync(scope, { recursive: true })
  symlinkSync(join(import.meta.dirname, 'fake-extension'), join(scope, 'fake'))
  return join(gateway, 'bin', 'moltbot.js')
}

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  /** Resolves with the first line of this event from `since` on, a count of lines. Fails when the process ends. */
  event(name: string, since?: number): Promise<Record<string, unknown>>
  lines(): Record<string, unknown>[]
  readonly finished: Promise<Finished>
}

export interface Place {
  readonly bin: string
  readonly stateDir: string
  readonly config?: string
  /** Besides the environment of the tests. */
  readonly env?: NodeJS.ProcessEnv
}

export function writeConfig(config: object): string {
  const file = join(scratch(), 'config.json5')
  writeFileSync(file, JSON.stringify(config))
  return file
}

export function run(place: Place, ...args: string[]): Running {
  return start(place, args)
}

/** Runs a command to its end. */
export function moltbot(place: Place, ...args: string[]): Promise<Finished> {
  return run(place, ...args).finished
}

/** `gateway run` with a JSON log. */
export function runGateway(place: Place, ...args: string[]): Running {
  const file = place.config === undefined ? [] : ['--config', place.config]
  return run(place, 'gateway', 'run', '--log-format', 'json', ...file, ...args)
}

/** Shared by the commands of a test file, or each would compile everything again. */
const cache = scratch()

const children = new Set<ChildProcess>()

/** For `afterEach`: a failed test must leave nothing running. */
export async function killAll(): Promise<void> {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all([...children].map((child) => once(child, 'close')))
}

function start({ bin, stateDir, env: more }: Place, args: readonly string[]): Running {
  const env = {
    ...process.env,
    MOLTBOT_STATE_DIR: stateDir,
    HOME: stateDir,
    XDG_CACHE_HOME: cache,
    NO_COLOR: '1',
    LC_ALL: 'C', // English, whoever runs the tests.
    ...more,
  }
  const child = spawn(process.execPath, [bin, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data) => {
    stdout += data
  })
  child.stderr.on('data', (data) => {
    stderr += data
  })
  const finished = once(child, 'close').then(([code, signal]) => {
    children.delete(child)
    return { code, signal, stdout, stderr }
  })
  const lines = () => parseLines(stdout)
  const event = async (name: string, since = 0) => {
    const found = () =>
      lines()
        .slice(since)
        .find((line) => line.event === name)
    const reader = createInterface(child.stdout)
    const seen = new Promise<void>((resolve) => reader.on('line', () => found() && resolve()))
    const ended = finished.then((end) => {
      if (!found())
        throw new Error(`moltbot ended with ${end.code} before ${name}: ${end.stderr}${end.stdout}`)
    })
    if (!found()) await Promise.race([seen, ended])
    return found() ?? {}
  }
  return { child, event, lines, finished }
}

/** Only whole lines. */
function parseLines(text: string): Record<string, unknown>[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
