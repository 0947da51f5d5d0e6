/**
 * `npm run release`: publishes every package whose version npm does not have. The address of the repository is that of
 * `origin`, so that a fork publishes its own; a package under another name needs no other change.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolders, root } from './workspaces.ts'

if (git('status', '--porcelain') !== '')
  throw new Error('commit first: what is published must be what is committed')
const url = git('remote', 'get-url', 'origin')
if (!/^(https:|ssh:|git@)/.test(url)) throw new Error(`origin is ${url}, which nobody can read`)
run('npm', 'run', 'validate')
const before = packageFolders.map(withRepository)
try {
  run('npm', 'run', 'pack:check')
  run('npx', 'changeset', 'publish')
} finally {
  for (const { file, text } of before) writeFileSync(file, text)
}

/** @returns what the file was before */
function withRepository(directory: string): { readonly file: string; readonly text: string } {
  const file = join(root, directory, 'package.json')
  const text = readFileSync(file, 'utf8')
  const repository = { type: 'git', url, directory }
  writeFileSync(file, `${JSON.stringify({ ...JSON.parse(text), repository }, null, 2)}\n`)
  return { file, text }
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd: root, stdio: 'inherit' })
}
