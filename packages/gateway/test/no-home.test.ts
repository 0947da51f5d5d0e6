import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { scratch } from './scratch.ts'

/** A number without a line in the user database, as containers run with. */
const nobody = 54_321
const isRoot = process.getuid?.() === 0
const bin = join(import.meta.dirname, '..', 'bin', 'moltbot.js')

/** For a test that may not become another user: what Node does there. */
const throwingOs = `data:text/javascript,${encodeURIComponent(
  `import os from 'node:os'; import { syncBuiltinESMExports } from 'node:module'
   const lost = () => { throw new Error('uv_os_homedir returned ENOENT') }
   os.homedir = lost; os.userInfo = lost; syncBuiltinESMExports()`,
)}`

const children = new Set<ChildProcess>()
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
})

/** Runs `moltbot` as that user; the gateway is ended once it is ready. */
async function moltbot(args: readonly string[], env: Record<string, string> = {}) {
  const flags = isRoot ? [] : ['--import', throwingOs]
  const child = spawn(process.execPath, [...flags, bin, ...args], {
    env: { PATH: String(process.env.PATH), ...env },
    cwd: '/',
    ...(isRoot && { uid: nobody, gid: nobody }),
  })
  children.add(child)
  let out = ''
  child.stdout.on('data', (data) => {
    out += data
    if (out.includes('gateway.ready')) child.kill('SIGTERM')
  })
  child.stderr.on('data', (data) => {
    out += data
  })
  const [code] = await once(child, 'close')
  return { code, out }
}

/** A folder that belongs to that user. */
function ownFolder(): string {
  const folder = scratch()
  if (isRoot) chownSync(folder, nobody, nobody)
  return folder
}

const noAccounts =
  '{ agents: { defaults: { model: "builtin/echo" } }, channels: { wechat: { enabled: false } } }'

function configFile(): string {
  const folder = scratch()
  chmodSync(folder, 0o755)
  const file = join(folder, 'config.json5')
  writeFileSync(file, noAccounts)
  return file
}

describe('a user without a home directory', () => {
  it.each([
    [['--help'], 0],
    [['--version'], 0],
    [['gateway', '--help'], 0],
    [['config', 'schema'], 0],
    [['puppets', 'list'], 0],
  ])('is served %j', async (args, code) => {
    expect(await moltbot(args)).toMatchObject({ code })
  })

  it('runs a gateway where the configuration and the state directory are named', async () => {
    const env = { MOLTBOT_STATE_DIR: join(ownFolder(), 'state') }
    const file = configFile()
    expect(await moltbot(['config', 'validate', '--config', file], env)).toMatchObject({ code: 0 })
    const args = ['gateway', 'run', '--port', '0', '--log-format', 'json', '--config', file]
    const { code, out } = await moltbot(args, env)
    expect(out).toContain('gateway.stopped')
    expect(code).toBe(0)
    expect((await moltbot(['gateway', 'status'], env)).code).toBe(69)
  })

  it.each([
    [['gateway', 'run'], 'MOLTBOT_STATE_DIR'],
    [['gateway', 'run', '--sandbox'], 'MOLTBOT_STATE_DIR'],
    [['gateway', 'status'], 'MOLTBOT_STATE_DIR'],
    [['channels', 'list'], 'MOLTBOT_STATE_DIR'],
    [['pairing', 'list'], 'MOLTBOT_STATE_DIR'],
    [['sandbox', 'say', 'hi'], 'MOLTBOT_STATE_DIR'],
    [['config', 'validate'], 'MOLTBOT_CONFIG_PATH'],
    [['config', 'path'], 'MOLTBOT_CONFIG_PATH'],
  ])('reads in one line what to set for %j', async (args, variable) => {
    const { code, out } = await moltbot(args)
    expect({ code, lines: out.trim().split('\n').length }).toEqual({ code: 78, lines: 1 })
    expect(out).toContain(variable)
  })
})

describe.runIf(isRoot)('a home directory that cannot be written', () => {
  it.each(['/nonexistent', '/'])('%s is named with what to set', async (home) => {
    const { code, out } = await moltbot(['gateway', 'run', '--config', configFile()], { HOME: home })
    expect(code).toBe(78)
    expect(out).toMatch(
      new RegExp(`cannot write in ${join(home, '.moltbot')}: permission denied; .*MOLTBOT_STATE_DIR`),
    )
  })

  it('is no matter where the state directory is elsewhere', async () => {
    const env = { HOME: '/', MOLTBOT_STATE_DIR: ownFolder() }
    const args = ['gateway', 'run', '--port', '0', '--log-format', 'json', '--config', configFile()]
    expect(await moltbot(args, env)).toMatchObject({ code: 0 })
  })
})

describe.runIf(isRoot)('a state directory of another user', () => {
  it('is refused with the command that cures it, by the gateway and by its commands', async () => {
    const stateDir = join(scratch(), 'state')
    chmodSync(dirname(stateDir), 0o755)
    mkdirSync(stateDir, { mode: 0o755 })
    chownSync(stateDir, nobody + 1, nobody + 1)
    const env = { MOLTBOT_STATE_DIR: stateDir }
    for (const args of [
      ['gateway', 'run', '--config', configFile()],
      ['gateway', 'status'],
    ]) {
      const { code, out } = await moltbot(args, env)
      expect(code).toBe(78)
      expect(out).toContain(`belongs to another user (uid ${nobody + 1})`)
      expect(out).toContain(`chown -R ${nobody} ${stateDir}`)
    }
  })
})
