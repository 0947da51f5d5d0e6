/**
 * Installs the pinned OpenClaw and Tencent's plugin beside the tests, unless they are there, and packs our plugin for it. Needs a build.
 */

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageJson, root } from '../../scripts/workspaces.ts'
import { folder, installedPlugin, packedPlugin } from './folders.ts'

const installTimeoutMs = 600_000
/** In the registry once they are published; until then the packed plugin has them in it. */
const ours = ['packages/channel-sdk', 'packages/puppet-ilink']

installHost()
packPlugin()

function installHost(): void {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (Object.entries(dependencies).every(([name, version]) => installedVersion(name) === version)) return
  npm(
    [
      'install',
      '--ignore-scripts',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      '--silent',
      '--prefer-offline',
    ],
    folder,
  )
}

function installedVersion(name: string): string | undefined {
  const manifest = join(folder, 'node_modules', name, 'package.json')
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined
}

function packPlugin(): void {
  const target = join(packedPlugin, '..')
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  unpack('extensions/wechat', installedPlugin)
  for (const source of ours) unpack(source, join(installedPlugin, 'node_modules', packageJson(source).name))
  const manifest = join(installedPlugin, 'package.json')
  const written = JSON.parse(readFileSync(manifest, 'utf8'))
  const dependencies = Object.assign({}, ...ours.map(dependenciesOf), written.dependencies)
  const bundled = {
    ...written,
    dependencies,
    bundleDependencies: ours.map((source) => packageJson(source).name),
  }
  writeFileSync(manifest, JSON.stringify(bundled, null, 2))
  const [archive = ''] = npm(['pack', '--silent', '--pack-destination', target], installedPlugin)
    .trim()
    .split('\n')
  cpSync(join(target, archive), packedPlugin)
}

function dependenciesOf(source: string): object {
  return JSON.parse(readFileSync(join(root, source, 'package.json'), 'utf8')).dependencies ?? {}
}

function unpack(source: string, to: string): void {
  mkdirSync(to, { recursive: true })
  npm(['pack', '--silent', '--pack-destination', to], join(root, source))
  const [archive = ''] = globSync(join(to, '*.tgz'))
  execFileSync('tar', ['-xzf', archive, '-C', to, '--strip-components=1'])
  rmSync(archive)
}

function npm(args: readonly string[], cwd: string): string {
  return execFileSync('npm', args, {
    cwd,
    // npm under the Node of this checkout knows nothing of the certificates that the system's npm is configured with.
    env: { ...process.env, NODE_USE_SYSTEM_CA: '1' },
    encoding: 'utf8',
    timeout: installTimeoutMs,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}
