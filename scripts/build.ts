/**
 * Compiles every package for publishing (`dist`, JavaScript and types) and checks that `npm pack` of each would ship
 * what its package.json promises.
 */

import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolders, packageJson, root } from './workspaces.ts'

/** Files that a package needs in addition to its compiled sources. They are copied on every build and ignored by git. */
const extraFiles: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'packages/gateway': {
    'config/sandbox.json5': 'dist/config/sandbox.json5',
    'config/sandbox-with-group.json5': 'dist/config/sandbox-with-group.json5',
    'config/sandbox-picture.png': 'dist/config/sandbox-picture.png',
    'config/config.example.json5': 'dist/config/config.example.json5',
  },
}
/** What the build of a package makes besides its compiled sources. */
const builtFiles: Readonly<Record<string, readonly string[]>> = {
  'packages/dashboard': ['index.html', 'icon.svg', 'style.css', 'app.js'].map((name) => `dist/page/${name}`),
}

for (const folder of packageFolders) {
  compile(folder)
  if (folder === 'packages/dashboard') bundlePage()
  for (const [from, to] of Object.entries(extraFiles[folder] ?? {})) {
    cpSync(join(root, from), join(root, folder, to))
  }
  copyFileSync(join(root, 'LICENSE'), join(root, folder, 'LICENSE'))
}
const problems = packageFolders.flatMap(missingFromPack)
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1

function compile(folder: string): void {
  rmSync(join(root, folder, 'dist'), { recursive: true, force: true })
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  execFileSync(tsc, ['-p', join(root, folder, 'tsconfig.build.json')], { stdio: 'inherit' })
}

function bundlePage(): void {
  const script = join(root, 'packages', 'dashboard', 'src', 'write-page.ts')
  execFileSync(process.execPath, ['--conditions=@moltbot/source', script], { stdio: 'inherit' })
}

/** One line for each file that is missing from the published package, or must not be in it. */
function missingFromPack(folder: string): string[] {
  const packed = packedFiles(folder)
  const missing = promisedFiles(folder).filter((file) => !packed.has(file))
  const leaked = [...packed].filter((file) => /\.test\.|^test\//.test(file))
  console.log(`${packageJson(folder).name}: ${packed.size} files`)
  return [
    ...missing.map((file) => `${folder}: npm pack leaves out ${file}`),
    ...leaked.map((file) => `${folder}: npm pack ships ${file}`),
  ]
}

function promisedFiles(folder: string): string[] {
  const { bin = {}, exports } = packageJson(folder)
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [target] : [target.types, target.default],
  )
  const extras = Object.values(extraFiles[folder] ?? {})
  const manifest = existsSync(join(root, folder, 'moltbot.plugin.json')) ? ['moltbot.plugin.json'] : []
  return [
    'README.md',
    'LICENSE',
    ...Object.values(bin),
    ...targets,
    ...extras,
    ...(builtFiles[folder] ?? []),
    ...manifest,
  ]
    .filter((file) => file !== undefined)
    .map((file) => file.replace(/^\.\//, ''))
}

function packedFiles(folder: string): Set<string> {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json'], {
    cwd: join(root, folder),
    encoding: 'utf8',
  })
  const report: readonly { readonly files: readonly { readonly path: string }[] }[] = JSON.parse(output)
  return new Set(report.flatMap(({ files }) => files.map(({ path }) => path)))
}
