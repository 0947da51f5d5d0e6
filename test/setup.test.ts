/**
 * `moltbot setup` on the real command and channel: by flags, and by a person at a terminal.
 */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runNode } from './support/process.ts'
import { hasTerminals, startInTerminal, type Terminal } from './support/terminal.ts'

const bin = 'packages/gateway/bin/moltbot.js'
const key = 'sk-0123456789#"abc'

let home: string
let model: ModelServer
const terminals: Terminal[] = []

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'moltbot-setup-'))
  model = await startModelServer()
})

afterEach(async () => {
  for (const terminal of terminals.splice(0)) terminal.kill('SIGKILL')
  await model.close()
  rmSync(home, { recursive: true, force: true })
})

function envWith(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    HOME: home,
    LC_ALL: 'C.UTF-8',
    MOLTBOT_STATE_DIR: '',
    MOLTBOT_CONFIG_PATH: '',
    XDG_CONFIG_HOME: '',
    XDG_CACHE_HOME: join(tmpdir(), 'moltbot-setup-cache'),
    ...more,
  }
}

const moltbot = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => runNode(bin, args, envWith(env))
const place = (name: string) => join(home, '.moltbot', name)
const read = (name: string) => readFileSync(place(name), 'utf8')
const byFlags = () => [
  'setup',
  '--backend',
  'ilink',
  '--provider',
  'deepseek',
  '--base-url',
  model.baseUrl,
  '--model',
  'm',
]

describe('moltbot setup by flags', () => {
  it('writes a valid configuration, and the key into .env, for its owner only', async () => {
    const { code, stdout } = await moltbot([...byFlags(), '--account', '书店', '--account', 'work'], {
      DEEPSEEK_API_KEY: key,
    })
    expect(code).toBe(0)
    expect(stdout).toContain(`Written: ${place('config.json5')}`)
    expect(stdout).not.toContain(key)
    expect(read('config.json5')).not.toContain(key)
    expect(parseEnv(read('.env'))).toEqual({ DEEPSEEK_API_KEY: key })
    for (const name of ['.env', 'config.json5']) expect(statSync(place(name)).mode & 0o777).toBe(0o600)
    expect(statSync(join(home, '.moltbot')).mode & 0o777).toBe(0o700)
    const validated = await moltbot(['config', 'validate'])
    expect(validated).toMatchObject({ code: 0, stderr: '' })
    expect(validated.stdout).toContain('accounts: wechat/account1, wechat/work')
  })

  it('never overwrites: it refuses, and with --force moves the earlier one aside', async () => {
    mkdirSync(join(home, '.moltbot'))
    writeFileSync(place('config.json5'), '// mine\n{}')
    writeFileSync(place('.env'), 'OTHER=1\n')
    const args = ['setup', '--backend', 'ilink', '--provider', 'echo']
    const refused = await moltbot(args)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('--force')
    expect(read('config.json5')).toBe('// mine\n{}')
    expect((await moltbot([...args, '--force'])).code).toBe(0)
    const earlier = readdirSync(join(home, '.moltbot')).find((name) => name.endsWith('.old'))
    expect(read(String(earlier))).toBe('// mine\n{}')
    expect(read('.env')).toBe('OTHER=1\n')
  })

  it('reads the key from a file', async () => {
    writeFileSync(join(home, 'key'), `${key}\n`)
    expect((await moltbot([...byFlags(), '--key-file', join(home, 'key')])).code).toBe(0)
    expect(parseEnv(read('.env'))).toEqual({ DEEPSEEK_API_KEY: key })
  })

  it.each([
    ['without flags', ['setup'], 2, '--backend, --provider, --model'],
    [
      'for an unknown backend',
      ['setup', '--backend', '../x', '--provider', 'echo'],
      78,
      'a puppet is an npm package name',
    ],
    [
      'for a bad id',
      ['setup', '--backend', 'ilink', '--provider', 'echo', '--allow-from', 'a b'],
      78,
      'is not an id',
    ],
  ])('leaves nothing behind %s', async (_, args, code, message) => {
    const finished = await moltbot(args)
    expect(finished.code).toBe(code)
    expect(finished.stderr).toContain(message)
    expect(finished.stderr).not.toContain('.tmp')
    expect(existsSync(place('config.json5'))).toBe(false)
    if (existsSync(join(home, '.moltbot'))) expect(readdirSync(join(home, '.moltbot'))).toEqual([])
  })

  it('leaves nothing behind where the model refuses the key, and does not show it', async () => {
    model.fail({ status: 401, message: `no such key ${key}` })
    const { code, stderr } = await moltbot(byFlags(), { DEEPSEEK_API_KEY: key })
    expect(code).toBe(1)
    expect(stderr).toContain('HTTP 401')
    expect(stderr).not.toContain(key)
    expect(existsSync(join(home, '.moltbot'))).toBe(false)
  })

  it.skipIf(process.getuid?.() === 0)(
    'leaves nothing behind in a folder that cannot be written',
    async () => {
      chmodSync(home, 0o500)
      expect((await moltbot(['setup', '--backend', 'ilink', '--provider', 'echo'])).code).not.toBe(0)
      chmodSync(home, 0o700)
      expect(readdirSync(home)).toEqual([])
    },
  )
})

describe.skipIf(!hasTerminals)('moltbot setup at a terminal', () => {
  function start(env: NodeJS.ProcessEnv = {}, ...args: string[]): Terminal {
    const terminal = startInTerminal(bin, ['setup', ...args], envWith(env))
    terminals.push(terminal)
    return terminal
  }
  const enter = '\r'
  const down = '\u001b[B'
  /** From the first question to the last. */
  const questions = [
    ['How is WeChat to be reached?', enter],
    ['Names of the accounts', `\u0015shop, 客服 "a" \\n${enter}`],
    ['Which provider', `${down.repeat(12)}${enter}`],
    ['Who may write to the bot?', enter],
    ['Language of short notices', enter],
    ['What next?', `${down}${down}${enter}`],
  ] as const

  it('asks, writes a valid configuration and says what comes next', async () => {
    const terminal = start()
    for (const [question, keys] of questions) {
      await terminal.sees(question)
      terminal.type(keys)
    }
    expect(await terminal.exited).toBe(0)
    expect(terminal.shown()).toContain('moltbot gateway run')
    const validated = await moltbot(['config', 'validate'])
    expect(validated.stdout).toContain('accounts: wechat/shop, wechat/account1')
    expect(read('config.json5')).toContain('builtin/echo')
  })

  it.each(questions.slice(0, 5).map(([question], index) => [question, index] as const))(
    'leaves nothing behind when Ctrl-C ends it at: %s',
    async (_, last) => {
      const terminal = start()
      for (const [index, [question, keys]] of questions.slice(0, last + 1).entries()) {
        await terminal.sees(question)
        terminal.type(index === last ? '\u0003' : keys)
      }
      expect(await terminal.exited).toBe(130)
      expect(terminal.shown()).toContain('Nothing was written.')
      expect(existsSync(join(home, '.moltbot'))).toBe(false)
    },
  )

  it('asks before it replaces a configuration', async () => {
    mkdirSync(join(home, '.moltbot'))
    writeFileSync(place('config.json5'), '{}')
    const terminal = start()
    await terminal.sees('exists already')
    terminal.type(enter)
    expect(await terminal.exited).toBe(130)
    expect(read('config.json5')).toBe('{}')
  })

  it('never shows a key that is typed, and is in Chinese for those who read it', async () => {
    const terminal = start(
      { LC_ALL: 'zh_CN.UTF-8' },
      '--backend',
      'ilink',
      '--provider',
      'deepseek',
      '--base-url',
      model.baseUrl,
      '--model',
      'm',
      '--yes',
    )
    await terminal.sees('DeepSeek 的密钥')
    terminal.type(`${key}${enter}`)
    await terminal.sees('接下来做什么')
    terminal.type(`${down}${enter}`)
    expect(await terminal.exited).toBe(0)
    expect(terminal.shown()).not.toContain(key)
    if (process.platform === 'linux')
      expect(terminal.shown()).toContain('systemctl --user enable --now moltbot')
    expect(parseEnv(read('.env'))).toEqual({ DEEPSEEK_API_KEY: key })
    expect(read('config.json5')).toMatch(/\/\/ .*谁可以发消息/)
  })
})
