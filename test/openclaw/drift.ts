/**
 * Does the plugin fit another version of OpenClaw? `npm run openclaw:drift -- 2026.10.1` installs that version elsewhere and
 * names each member that the plugin uses and that vanished or changed. Exits with 1 if there is one.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../scripts/workspaces.ts'
import { folder } from './folders.ts'

const [version = 'latest'] = process.argv.slice(2)
const target = mkdtempSync(join(tmpdir(), 'moltbot-drift-'))
const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent', '--prefix', target]
try {
  execFileSync('npm', ['install', ...flags, `openclaw@${version}`], { stdio: 'inherit' })
  const { version: found } = JSON.parse(
    readFileSync(join(target, 'node_modules/openclaw/package.json'), 'utf8'),
  )
  const tsconfig = join(target, 'tsconfig.json')
  writeFileSync(tsconfig, JSON.stringify(configFor(join(target, 'node_modules/openclaw'))))
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const { status, stdout } = spawnSync(tsc, ['-p', tsconfig], { encoding: 'utf8' })
  console.log(status === 0 ? `The plugin fits openclaw ${found}` : `openclaw ${found} differs:\n${stdout}`)
  process.exitCode = status === 0 ? 0 : 1
} finally {
  rmSync(target, { recursive: true, force: true })
}

function configFor(host: string): object {
  const types = join(folder, 'types')
  return {
    extends: join(types, 'tsconfig.json'),
    compilerOptions: {
      paths: { 'openclaw/*': [join(host, 'dist', '*.d.ts')] },
      typeRoots: [join(root, 'node_modules', '@types')],
    },
    include: [types],
  }
}
