import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { discoverExtensions, loadPlugin } from './discover.ts'

const manifest = {
  id: 'fake',
  name: 'Fake',
  description: 'A channel for tests',
  channels: ['fake'],
  entry: './dist/index.js',
}
const plugin = (label: string) =>
  `export default { id: 'fake', label: '${label}', configSchema: {}, warnings() {}, create() {} }`

function write(folder: string, files: Record<string, string | object>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

const installed = (root: string, name = '@moltbot/fake') => join(root, 'node_modules', name)

async function loadOnly(start: string) {
  const [extension] = discoverExtensions(start)
  if (!extension) throw new Error('no extension found')
  return loadPlugin(extension)
}

describe('discovery', () => {
  it('finds extensions in every node_modules above, the nearer of two first', () => {
    const root = scratch()
    const inner = join(root, 'packages', 'gateway')
    write(installed(root), { 'moltbot.plugin.json': { ...manifest, name: 'Outer' } })
    write(installed(root, '@moltbot/other'), {
      'moltbot.plugin.json': { ...manifest, id: 'other', channels: ['other'] },
    })
    write(installed(inner), { 'moltbot.plugin.json': { ...manifest, name: 'Inner' } })
    write(installed(root, '@moltbot/channel-sdk'), { 'package.json': {} })
    expect(discoverExtensions(join(inner, 'src')).map(({ manifest }) => manifest.name)).toEqual([
      'Inner',
      'Fake',
    ])
  })

  it.each(['moltbot-wechat', '@a-fork/wechat'])('finds an extension that is published as %s', (name) => {
    const root = scratch()
    write(installed(root, name), { 'moltbot.plugin.json': manifest })
    write(join(root, 'node_modules'), { '.package-lock.json': {}, '@a-fork/note.txt': 'no package' })
    expect(discoverExtensions(root).map(({ folder }) => folder)).toEqual([installed(root, name)])
  })

  it.each([
    ['not JSON', '{', 'JSON'],
    ['no entry', { ...manifest, entry: undefined }, 'entry'],
    ['an unknown key', { ...manifest, entri: 'x' }, 'entri'],
    ['an entry outside', { ...manifest, entry: '../other/index.js' }, 'inside the extension'],
    ['an entry that climbs out', { ...manifest, entry: './a/../../other.js' }, 'inside the extension'],
    ['an absolute entry', { ...manifest, entry: '/etc/passwd.js' }, 'inside the extension'],
  ])('names the file of a manifest with %s', (_, content, problem) => {
    const root = scratch()
    write(installed(root), { 'moltbot.plugin.json': content })
    expect(() => discoverExtensions(root)).toThrow(join(installed(root), 'moltbot.plugin.json'))
    expect(() => discoverExtensions(root)).toThrow(problem)
  })
})

describe('loading', () => {
  it('takes the build of an installed extension, even where its source lies beside', async () => {
    const root = scratch()
    write(installed(root), {
      'moltbot.plugin.json': { ...manifest, source: './src/index.mjs' },
      'dist/index.js': plugin('built'),
      'src/index.mjs': plugin('source'),
      'package.json': { type: 'module' },
    })
    expect((await loadOnly(root)).label).toBe('built')
  })

  it('takes the source of a workspace', async () => {
    const root = scratch()
    const workspace = write(join(root, 'extensions', 'fake'), {
      'moltbot.plugin.json': { ...manifest, source: './src/index.mjs' },
      'src/index.mjs': plugin('source'),
    })
    mkdirSync(join(installed(root), '..'), { recursive: true })
    symlinkSync(workspace, installed(root))
    expect((await loadOnly(root)).label).toBe('source')
  })

  it.each([
    ['is missing', {}, 'index.js'],
    ['throws', { 'dist/index.js': "throw new Error('kaputt')" }, 'kaputt'],
    ['exports something else', { 'dist/index.js': 'export default 1' }, 'not a channel plugin'],
    ['owns another channel', { 'dist/index.js': plugin('x').replace("'fake'", "'line'") }, 'channel "line"'],
  ])('names the file of an extension that %s', async (_, files, problem) => {
    const root = scratch()
    write(installed(root), { 'moltbot.plugin.json': manifest, 'package.json': { type: 'module' }, ...files })
    await expect(loadOnly(root)).rejects.toMatchObject({ code: 'extension-broken' })
    await expect(loadOnly(root)).rejects.toThrow(problem)
    await expect(loadOnly(root)).rejects.toThrow(installed(root))
  })
})
