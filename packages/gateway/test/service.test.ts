/**
 * `moltbot gateway install` and `uninstall` as a user types them.
 */

import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { makeCheckout, moltbot, writeConfig } from './moltbot.ts'
import { scratch } from './scratch.ts'

let bin = ''

beforeAll(() => {
  bin = makeCheckout()
})

function here(config: object = { channels: { fake: {} } }, env: NodeJS.ProcessEnv = {}) {
  const stateDir = scratch() // The home directory, too.
  const unit = join(stateDir, '.config/systemd/user/moltbot.service')
  return { place: { bin, stateDir, env: { XDG_CONFIG_HOME: '', ...env } }, unit, file: writeConfig(config) }
}

describe.skipIf(process.platform !== 'linux')('moltbot gateway install', () => {
  it('writes a unit for this Node, this moltbot and this configuration, and says what comes next', async () => {
    const { place, unit, file } = here()
    const dry = await moltbot(place, 'gateway', 'install', '--dry-run', '--config', file)
    expect(existsSync(unit)).toBe(false)
    const { code, stdout } = await moltbot(place, 'gateway', 'install', '--config', file)
    expect(code).toBe(0)
    expect(stdout).toContain('  systemctl --user enable --now moltbot\n')
    const text = readFileSync(unit, 'utf8')
    expect(text).toBe(dry.stdout)
    for (const part of [process.execPath, bin, file, place.stateDir]) expect(text).toContain(part)
  })

  it('removes what it wrote, with the link that enabled it', async () => {
    const { place, unit, file } = here()
    await moltbot(place, 'gateway', 'install', '--config', file)
    const link = join(dirname(unit), 'default.target.wants/moltbot.service')
    mkdirSync(dirname(link))
    symlinkSync(unit, link)
    const { code, stdout } = await moltbot(place, 'gateway', 'uninstall')
    expect({ code, unit: existsSync(unit), link: existsSync(link) }).toEqual({
      code: 0,
      unit: false,
      link: false,
    })
    expect(stdout).toContain('systemctl --user stop moltbot')
    expect((await moltbot(place, 'gateway', 'uninstall')).stdout).toContain('There is no')
  })

  it('leaves the unit of a person as it is', async () => {
    const { place, unit, file } = here()
    mkdirSync(dirname(unit), { recursive: true })
    writeFileSync(unit, '[Service]')
    for (const args of [['install', '--config', file], ['uninstall']]) {
      const { code, stderr } = await moltbot(place, 'gateway', ...args)
      expect(code).toBe(1)
      expect(stderr).toContain('was not written by moltbot')
    }
    expect(readFileSync(unit, 'utf8')).toBe('[Service]')
  })

  it('names the variables that a service would not have', async () => {
    const { place, file } = here(
      { channels: { fake: { secret: `\${ONLY_HERE}` } } },
      { ONLY_HERE: 'x-secret' },
    )
    const { code, stdout } = await moltbot(place, 'gateway', 'install', '--config', file)
    expect(code).toBe(0)
    expect(stdout).toContain('write them to .env beside the configuration: ONLY_HERE')
    expect(stdout).not.toContain('x-secret')
  })

  it('names the variables that the gateway uses by itself, unless .env has them', async () => {
    const env = { MOLTBOT_STATE_URL: 'postgres://bot:x-secret@db/bot', https_proxy: 'http://127.0.0.1:7890' }
    const { place, file } = here(undefined, env)
    writeFileSync(join(dirname(file), '.env'), 'https_proxy=http://127.0.0.1:7891', { mode: 0o600 })
    const { stdout } = await moltbot(place, 'gateway', 'install', '--config', file)
    expect(stdout).toContain('write them to .env beside the configuration: MOLTBOT_STATE_URL\n')
    expect(stdout).not.toContain('x-secret')
  })

  it('has the service trust the certificates that this Node trusts', async () => {
    const { place, unit, file } = here(undefined, { NODE_EXTRA_CA_CERTS: '/etc/ssl/own.pem' })
    await moltbot(place, 'gateway', 'install', '--config', file)
    expect(readFileSync(unit, 'utf8')).toContain('Environment="NODE_EXTRA_CA_CERTS=/etc/ssl/own.pem"\n')
  })

  it.each([
    ['no configuration', [], 78],
    ['a user without --system', ['--user', 'root'], 2],
    ['--system without a user', ['--system'], 2],
    ['a user that there is not', ['--system', '--user', 'no-such-user-here'], 78],
  ])('writes nothing for %s', async (_, args, code) => {
    const { place, unit } = here()
    expect((await moltbot(place, 'gateway', 'install', ...args)).code).toBe(code)
    expect(existsSync(unit)).toBe(false)
  })

  it('writes nothing for a configuration that is wrong', async () => {
    const { place, unit, file } = here({ gatway: {} })
    expect((await moltbot(place, 'gateway', 'install', '--config', file)).code).toBe(78)
    expect(existsSync(unit)).toBe(false)
  })
})
