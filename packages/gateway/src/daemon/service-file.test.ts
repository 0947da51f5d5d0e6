// biome-ignore-all lint/suspicious/noTemplateCurlyInString: systemd expands variables that are written like that
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SaxesParser } from 'saxes'
import { describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { type Daemon, ownMark } from './daemon.ts'
import { installService, serviceFile, uninstallService } from './service-file.ts'

const odd = '/home/ann/my "bot" 100% $HOME ${X} \\ 书店 & <co>'

function daemonIn(folder: string, more: Partial<Daemon> = {}): Daemon {
  return {
    node: process.execPath,
    bin: `${folder}/moltbot.js`,
    config: `${folder}/config.json5`,
    stateDir: folder,
    writable: [folder],
    ...more,
  }
}

const linux = (home: string) => ({ platform: 'linux' as const, env: {}, home })
const system = { user: 'root' }

const canVerify = spawnSync('systemd-analyze', ['--version']).status === 0

describe('the unit of systemd', () => {
  it.skipIf(!canVerify).each([
    ['a user', {}, ['--user']],
    ['the machine', system, []],
  ])('of %s is accepted by systemd-analyze, whatever is in its paths', (_, more, flags) => {
    const home = scratch()
    const folder = join(home, 'my "bot" 100% $HOME ${X} 书店')
    mkdirSync(folder)
    const path = join(home, 'moltbot.service')
    writeFileSync(path, serviceFile(daemonIn(folder, more), linux(home)).text)
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', ...flags, path], {
      encoding: 'utf8',
      env: { ...process.env, XDG_RUNTIME_DIR: home },
    })
    expect(`${stdout}${stderr}`).not.toContain('moltbot.service')
    expect(status).toBe(0)
  })

  it('has what systemd would expand written twice', () => {
    const { text } = serviceFile(daemonIn(odd), linux('/home/ann'))
    expect(text).toContain('"/home/ann/my \\"bot\\" 100%% $$HOME $${X} \\\\ 书店 & <co>/config.json5"')
    expect(text).toContain(
      'Environment="MOLTBOT_STATE_DIR=/home/ann/my \\"bot\\" 100%% $HOME ${X} \\\\ 书店 & <co>"',
    )
  })

  it('closes the file system for a service of the machine, but for its own folders', () => {
    const { path, text, start } = serviceFile(daemonIn('/srv/bot', system), linux('/home/bot'))
    expect(path).toBe('/etc/systemd/system/moltbot.service')
    expect(text).toMatch(/ProtectSystem=strict\nProtectHome=read-only\nReadWritePaths="-\/srv\/bot"\n/)
    expect(text).toContain('User=root')
    expect(text).toMatch(/^After=.* postgresql\.service$/m)
    expect(start).toEqual(['systemctl daemon-reload', 'systemctl enable --now moltbot'])
  })

  it('is in the folder of the user that the environment names', () => {
    const place = { ...linux('/home/ann'), env: { XDG_CONFIG_HOME: '/etc/ann' } }
    expect(serviceFile(daemonIn('/x'), place).path).toBe('/etc/ann/systemd/user/moltbot.service')
  })
})

describe('the property list of launchd', () => {
  it('is XML with the paths as they are', () => {
    const { path, text } = serviceFile(daemonIn(odd), { platform: 'darwin', env: {}, home: '/Users/ann' })
    expect(path).toBe('/Users/ann/Library/LaunchAgents/moltbot.gateway.plist')
    const texts: string[] = []
    const parser = new SaxesParser()
    parser.on('text', (one) => void texts.push(one))
    parser.write(text).close()
    expect(texts).toContain(`${odd}/config.json5`)
    expect(texts).toContain(odd)
  })
})

it('knows no service elsewhere', () => {
  expect(() => serviceFile(daemonIn('/x'), { ...linux('/x'), platform: 'win32' })).toThrow('not for win32')
})

describe('the file of a service', () => {
  const fileIn = (home: string) => serviceFile(daemonIn(home), linux(home))

  it('is written, replaced where it is ours, and removed', () => {
    const home = scratch()
    const file = fileIn(home)
    expect(uninstallService(file)).toBe(false)
    expect(installService(file)).toBe('written')
    expect(installService(file)).toBe('same')
    writeFileSync(file.path, `# ${ownMark}\nfrom an earlier version`)
    expect(installService(file)).toBe('replaced')
    expect(readFileSync(file.path, 'utf8')).toBe(file.text)
    expect(uninstallService(file)).toBe(true)
    expect(uninstallService(file)).toBe(false)
  })

  it('is never written over that of a person, nor removed', () => {
    const file = fileIn(scratch())
    mkdirSync(dirname(file.path), { recursive: true })
    writeFileSync(file.path, '[Service]\nExecStart=/mine')
    expect(() => installService(file)).toThrow('was not written by moltbot')
    expect(() => uninstallService(file)).toThrow('was not written by moltbot')
    expect(readFileSync(file.path, 'utf8')).toContain('/mine')
  })
})
