/**
 * Runs the suites of the packages that any Wechaty bot may use on the oldest Node that they promise. Everything else
 * needs the Node of this repository. Needs the npm registry.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageJson, root } from './workspaces.ts'

const folders = ['packages/puppet-ilink', 'packages/puppet-contract']

const oldest = new Set(folders.map((folder) => packageJson(folder).engines.node.replace('>=', '')))
const [version, ...others] = oldest
if (version === undefined || others.length > 0)
  throw new Error(`one version for all is tested: ${[...oldest]}`)

const place = mkdtempSync(join(tmpdir(), 'moltbot-node-'))
try {
  const name = `node-${process.platform}-${process.arch}`
  const flags = ['--silent', '--no-save', '--ignore-scripts', '--prefix', place]
  execFileSync('npm', ['install', ...flags, `${name}@${version}`], { cwd: place })
  const node = join(place, 'node_modules', name, 'bin', 'node')
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const { status } = spawnSync(node, [vitest, 'run', ...folders], {
    cwd: root,
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
} finally {
  rmSync(place, { recursive: true, force: true })
}
