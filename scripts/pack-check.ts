/**
 * Installs what `npm pack` makes of every package into an empty folder, outside of the clone, and runs the gateway from
 * there: what only works among the sources is found here. Needs a build (`npm run build`) and the npm registry.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { packageFolders, packageJson, root } from './workspaces.ts'

const installTimeoutMs = 300_000
const commandTimeoutMs = 30_000
const readyTimeoutMs = 30_000

const folder = mkdtempSync(join(tmpdir(), 'moltbot-pack-'))
const prefix = join(folder, 'installed')
const command = join(prefix, 'bin', 'moltbot')
const config = join(folder, 'config.json5')
/** Without the folders that npm puts before the PATH of its scripts, other than that of this Node. */
const env = {
  PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
  HOME: folder,
  MOLTBOT_STATE_DIR: join(folder, 'state'),
  LC_ALL: 'C',
}

try {
  const archives = pack()
  install(archives)
  const problems = [...brokenLinks(), ...(await brokenCommands())]
  for (const problem of problems) console.error(problem)
  if (problems.length === 0) console.log(`${archives.length} packages work as they are packed`)
  process.exitCode = problems.length === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function pack(): string[] {
  const target = join(folder, 'packed')
  mkdirSync(target)
  execFileSync('npm', ['pack', '--silent', '--workspaces', '--pack-destination', target], { cwd: root })
  const archives = globSync(join(target, '*.tgz'))
  if (archives.length !== packageFolders.length) {
    throw new Error(`npm pack makes ${archives.length} packages of ${packageFolders.length}: ${archives}`)
  }
  return archives
}

/** Optional packages, such as the web puppet with its browser, are left out: a gateway must run without them. */
function install(archives: readonly string[]): void {
  const flags = [
    '--global',
    '--prefix',
    prefix,
    '--omit=optional',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ]
  execFileSync('npm', ['install', '--silent', '--prefer-offline', ...flags, ...archives], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: installTimeoutMs,
  })
}

/** Links of the packed READMEs that lead to files that are not packed. */
function brokenLinks(): string[] {
  const link = /\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g
  const places = packageFolders.map((source) => join(prefix, 'lib', 'node_modules', packageJson(source).name))
  return places.flatMap((place) =>
    globSync(join(place, 'README*.md')).flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(link)]
        .filter(([, target = '']) => !/^https?:/.test(target) && !existsSync(join(place, target)))
        .map(([text]) => `${page.slice(prefix.length)}: ${text} leads to nothing that is packed`),
    ),
  )
}

async function brokenCommands(): Promise<string[]> {
  writeFileSync(
    config,
    '{ agents: { defaults: { model: "builtin/echo" } }, channels: { wechat: { puppet: "ilink" } } }',
  )
  const { version } = JSON.parse(readFileSync(join(root, 'packages/gateway/package.json'), 'utf8'))
  return [
    ...outcomeOf(['--version'], String(version)),
    ...outcomeOf(['config', 'validate', '--config', config], config),
    ...(await outcomeOfSandbox()),
    ...(await outcomeOfDatabase()),
    ...outcomeWithoutSimulator(),
  ]
}

/** It is optional, so what needs it must say so. Leaves the installation without it. */
function outcomeWithoutSimulator(): string[] {
  rmSync(join(prefix, 'lib', 'node_modules', 'ilink-simulator'), { recursive: true })
  const args = ['gateway', 'run', '--sandbox']
  const { status, stderr } = runInstalled(args)
  if (status === 1 && stderr.includes('needs the npm package ilink-simulator')) return []
  return [`moltbot ${args.join(' ')} without the simulator ended with ${status}: ${stderr}`]
}

function outcomeOf(args: readonly string[], expected: string): string[] {
  const { status, stdout, stderr } = runInstalled(args)
  if (status === 0 && stdout.includes(expected)) return []
  return [`moltbot ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`]
}

function runInstalled(args: readonly string[]) {
  return spawnSync(command, args, { env, cwd: folder, encoding: 'utf8', timeout: commandTimeoutMs })
}

/** The dashboard of the sandbox, as the packed files serve it. */
async function missingPage(): Promise<string[]> {
  const { url } = JSON.parse(readFileSync(join(folder, 'state', 'sandbox', 'gateway.json'), 'utf8'))
  const pages = ['/', '/app.js', '/style.css'].map((path) => `${url}${path}`)
  const answers = await Promise.all(pages.map(async (page) => (await fetch(page)).status))
  return answers.every((status) => status === 200) ? [] : [`the dashboard answers ${answers}`]
}

/** Starts the sandbox, writes to it, and stops it. */
function outcomeOfSandbox(): Promise<string[]> {
  return outcomeOfGateway(['--sandbox'], ['"event":"account.state"', '"online"'], async () => [
    ...outcomeOf(['sandbox', 'say', 'hello'], 'echo: hello'),
    ...(await missingPage()),
  ])
}

/** Nothing listens at that address, which only the driver of PostgreSQL can report. */
function outcomeOfDatabase(): Promise<string[]> {
  return outcomeOfGateway(['--config', config], ['"code":"database-unreachable"'], async () => [], {
    MOLTBOT_STATE_URL: 'postgres://127.0.0.1:1/none',
  })
}

/** Runs a gateway until it has written a line with `signs`, and stops it. */
async function outcomeOfGateway(
  args: readonly string[],
  signs: readonly string[],
  tryIt: () => Promise<string[]>,
  more: NodeJS.ProcessEnv = {},
): Promise<string[]> {
  const gateway = spawn(command, ['gateway', 'run', ...args, '--port', '0', '--log-format', 'json'], {
    env: { ...env, ...more },
    cwd: folder,
  })
  const ended = once(gateway, 'close')
  const overdue = setTimeout(() => gateway.kill('SIGKILL'), readyTimeoutMs)
  let output = ''
  gateway.stderr.on('data', (text) => {
    output += text
  })
  let problems: string[] | undefined
  for await (const line of createInterface(gateway.stdout)) {
    output += `${line}\n`
    if (problems !== undefined || !signs.every((sign) => line.includes(sign))) continue
    problems = await tryIt()
    gateway.kill('SIGTERM')
  }
  const [code] = await ended
  clearTimeout(overdue)
  if (code === 0 && problems !== undefined) return problems
  return [...(problems ?? []), `moltbot gateway run ${args.join(' ')} ended with ${code}: ${output}`]
}
