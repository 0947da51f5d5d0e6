import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/samples.ts'
import { findPackage, listBackends, loadPuppetClass, requirePackage } from './packages.ts'

const puppetSource = `
export default class Puppet {
  start() {} stop() {} setMemory() {} messageSendText() {}
}
`

/** A user's folder with this package in its `node_modules`. */
function installed(name: string, manifest: object, files: Readonly<Record<string, string>>): string {
  const configDir = temporaryFolder()
  const all = { 'package.json': JSON.stringify({ name, version: '1.2.3', ...manifest }), ...files }
  for (const [file, text] of Object.entries(all)) {
    const path = join(configDir, 'node_modules', name, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return configDir
}

const esm = { type: 'module', exports: './index.js' }
const load = (manifest: object, files: Readonly<Record<string, string>>) =>
  loadPuppetClass('wechaty-puppet-x', installed('wechaty-puppet-x', manifest, files))

describe('a puppet is loaded', () => {
  it("from the user's folder, and from a folder below it", async () => {
    const configDir = installed('wechaty-puppet-x', esm, { 'index.js': puppetSource })
    const below = join(configDir, 'deep', 'down')
    mkdirSync(below, { recursive: true })
    expect(findPackage('wechaty-puppet-x', below)).toEqual({
      folder: join(configDir, 'node_modules', 'wechaty-puppet-x'),
      version: '1.2.3',
    })
    expect((await loadPuppetClass('wechaty-puppet-x', below)).name).toBe('Puppet')
  })

  it('from beside the channel, where the user has none', async () => {
    const Mock = await loadPuppetClass('wechaty-puppet-mock', temporaryFolder())
    expect(new Mock({}).name()).toContain('mock')
  })

  it('by a name with a scope', async () => {
    const configDir = installed('@me/puppet', esm, { 'index.js': puppetSource })
    expect((await loadPuppetClass('@me/puppet', configDir)).name).toBe('Puppet')
  })

  it('by its import condition, never by the other one', async () => {
    const Puppet = await load(
      { exports: { '.': { require: './cjs/index.js', import: './esm/index.js' } } },
      {
        'cjs/index.js': 'throw new Error("the wrong build")',
        'cjs/package.json': '{"type":"commonjs"}',
        'esm/index.js': puppetSource,
        'esm/package.json': '{"type":"module"}',
      },
    )
    expect(Puppet.name).toBe('Puppet')
  })

  it.each([1, 2, 3])('out of %i defaults', async (defaults) => {
    const wrapped = `${'{ default: '.repeat(defaults - 1)}Puppet${' }'.repeat(defaults - 1)}`
    const source = puppetSource.replace('export default class', 'class')
    const Puppet = await load(esm, { 'index.js': `${source}\nexport default ${wrapped}` })
    expect(Puppet.name).toBe('Puppet')
  })
})

describe('what runs in the process of the gateway', () => {
  it.each(['wechaty-puppet-service', 'wechaty-puppet-ilink'])("is never the user's copy of %s", (name) => {
    const configDir = installed(name, esm, { 'index.js': 'throw new Error("a second copy")' })
    expect(findPackage(name, configDir)?.folder).not.toContain(configDir)
  })

  it('is one copy, wherever it is required from', async () => {
    const configDir = installed('wechaty-puppet-service', esm, {
      'index.js': 'throw new Error("a second copy")',
    })
    const { PuppetService } = await import('wechaty-puppet-service')
    expect(await loadPuppetClass('wechaty-puppet-service', configDir)).toBe(PuppetService)
  })
})

describe('a puppet that cannot be loaded is a final error', () => {
  const refusal = (code: string, words: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(words), retryable: false })

  it('not installed and probably mistyped, without a command that installs it', () => {
    expect(() => requirePackage('ilnk')).toThrow(refusal('puppet-missing', 'none of the short names: ilink'))
    expect(() => requirePackage('ilnk')).not.toThrow(/npm install/)
  })

  it('not installed, with the command that installs it where it is looked for', () => {
    expect(() => requirePackage('wechaty-puppet-missing', '/home/ann/.moltbot')).toThrow(
      refusal('puppet-missing', 'npm install --prefix /home/ann/.moltbot wechaty-puppet-missing'),
    )
    expect(() => requirePackage('wechaty-puppet-missing', "/home/ann o'b")).toThrow(
      refusal('puppet-missing', String.raw`npm install --prefix '/home/ann o'\''b' wechaty-puppet-missing`),
    )
    expect(() => requirePackage('wechaty-puppet-missing')).toThrow(
      refusal('puppet-missing', 'npm install wechaty-puppet-missing'),
    )
  })

  it.each([
    ['only a CommonJS build by condition', { exports: { require: './index.js' } }],
    ['only a CommonJS build by type', { main: './index.js' }],
    ['a file that is no module', { exports: './index.json' }],
  ])('%s', async (_what, manifest) => {
    const files = { 'index.js': 'module.exports = class {}', 'index.json': '{}' }
    await expect(load(manifest, files)).rejects.toEqual(refusal('puppet-not-esm', 'no ESM build'))
  })

  it.each([
    ['throws', esm, 'throw new Error("no Chromium here")', 'no Chromium here'],
    ['has a syntax error', esm, 'export default class {', ''],
    ['imports what is not there', esm, 'import "nothing-of-this-name"', 'nothing-of-this-name'],
    ['lacks its entry', { ...esm, exports: './gone.js' }, '', 'gone.js'],
    ['points out of its folder', { ...esm, exports: './../../evil.js' }, '', ''],
  ])('it %s', async (_what, manifest, source, words) => {
    await expect(load(manifest, { 'index.js': source })).rejects.toEqual(refusal('puppet-broken', words))
  })

  it('its package.json is damaged', async () => {
    await expect(load({}, { 'package.json': '{' })).rejects.toEqual(refusal('puppet-broken', ''))
  })

  it.each([
    'export const a = 1',
    'export default {}',
    'export default class {}',
    'export default () => 1',
    'export default null',
  ])('it is no puppet: %s', async (source) => {
    await expect(load(esm, { 'index.js': source })).rejects.toEqual(
      refusal('puppet-invalid', 'no puppet class'),
    )
  })
})

describe('nothing but an npm name is looked for', () => {
  const hostile = [
    ...[
      '../evil',
      './evil',
      '..',
      '.',
      '/etc',
      '/etc/passwd',
      'a/b',
      'a/../b',
      '@a/../b',
      '@a/b/c',
      'C:\\x',
      '',
    ],
    ...['file:///etc/passwd', 'data:text/javascript,1', 'http://a.test/x.js', 'node:fs', 'fs', 'node:test'],
    ...['-g', '--prefix', 'a b', 'a;id', '$(id)', 'a\nb', 'wechaty-puppet-x@latest', 'A', 'x'.repeat(215)],
  ]

  it.each(hostile)('%j', async (name) => {
    await expect(loadPuppetClass(name, temporaryFolder())).rejects.toMatchObject({
      code: 'puppet-name-invalid',
      retryable: false,
    })
  })

  it('whatever the name, a search stays inside node_modules folders', () => {
    const configDir = temporaryFolder()
    writeFileSync(join(configDir, 'package.json'), '{}')
    fc.assert(
      fc.property(fc.stringMatching(/^[./\\a-z@:~-]{0,12}$/), (name) => {
        try {
          const { folder } = requirePackage(name, configDir)
          expect(folder.split('/')).toContain('node_modules')
          expect(folder.endsWith(`/node_modules/${name}`)).toBe(true)
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^puppet-(?:missing|name-invalid)$/) })
        }
      }),
    )
  })
})

describe('the list of backends', () => {
  it('has every known puppet and its risk, and the version and place of the installed ones', () => {
    const backends = listBackends(temporaryFolder())
    expect(backends.find(({ shortName }) => shortName === 'service')?.installed).toEqual({
      version: expect.stringMatching(/^1\./),
      folder: expect.stringContaining(join('node_modules', 'wechaty-puppet-service')),
    })
    const warned = backends.filter(({ warning }) => warning?.includes('official puppet "ilink" instead'))
    expect(warned.map(({ shortName }) => shortName)).toEqual(['wechat', 'wechat4u'])
    expect(backends.find(({ name }) => name === 'wechaty-puppet-padlocal')).not.toHaveProperty('installed')
  })
})
