/**
 * Does the plugin fit another version of OpenClaw? `npm run openclaw:drift -- 2026.10.1` installs that version elsewhere and
 * names each module and member that the plugin uses and that is gone or has changed. Exits with 1 if there is one.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '@moltbot/channel-sdk'
import { root } from '../../scripts/workspaces.ts'
import { folder } from './folders.ts'

const [version = 'latest'] = process.argv.slice(2)
const target = mkdtempSync(join(tmpdir(), 'moltbot-drift-'))
const host = join(target, 'node_modules', 'openclaw')
try {
  install(version)
  const { version: found } = JSON.parse(readFileSync(join(host, 'package.json'), 'utf8'))
  const said = compile()
  const names = namesIn(said)
  if (said === '') console.log(`The plugin fits openclaw ${found}.`)
  else
    console.log([`The plugin does not fit openclaw ${found}:`, ...names, '', 'In detail:', said].join('\n'))
  process.exitCode = said === '' ? 0 : 1
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
} finally {
  rmSync(target, { recursive: true, force: true })
}

function install(wanted: string): void {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', target]
  const { status } = spawnSync('npm', ['install', ...flags, `openclaw@${wanted}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    // npm under the Node of this checkout knows nothing of the certificates that the system's npm is configured with.
    env: { ...process.env, NODE_USE_SYSTEM_CA: '1' },
  })
  if (status !== 0) throw new Error(`openclaw@${wanted} was not installed`)
}

/** What the compiler says of our use of that host; nothing where it fits. */
function compile(): string {
  const types = join(folder, 'types')
  const tsconfig = join(target, 'tsconfig.json')
  const compilerOptions = {
    paths: { 'openclaw/*': [join(host, 'dist', '*.d.ts')] },
    typeRoots: [join(root, 'node_modules', '@types')],
    noErrorTruncation: true,
  }
  const config = { extends: join(types, 'tsconfig.json'), compilerOptions, include: [types] }
  writeFileSync(tsconfig, JSON.stringify(config))
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const { stdout, stderr, status, error } = spawnSync(tsc, ['-p', tsconfig], { encoding: 'utf8' })
  if (status !== 0 && stdout.trim() === '') throw error ?? new Error(`tsc ended with ${status}: ${stderr}`)
  return stdout.trim()
}

/** The members are in the message of the compiler, by the types of `types/host-api.ts`. */
function namesIn(said: string): string[] {
  const lines = said.split('\n')
  const modules = lines.flatMap((line) => {
    const [, module] = /error TS2307: Cannot find module '([^']+)'/.exec(line) ?? []
    return module === undefined ? [] : [`${module} is gone`]
  })
  const members = lines.flatMap((line) => {
    const [, union = ''] =
      /error TS2344: Type '(.+)' does not satisfy the constraint 'never'/.exec(line) ?? []
    return [...union.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
  })
  return [...modules, ...members].map((name) => `  ${name}`)
}
