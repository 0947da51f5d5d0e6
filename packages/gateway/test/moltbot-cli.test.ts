import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { connectGateway } from '../src/control/client.ts'
import { killAll, makeCheckout, moltbot, type Place, runGateway, writeConfig } from './moltbot.ts'
import { scratch } from './scratch.ts'

let bin = ''

beforeAll(() => {
  bin = makeCheckout()
})

afterEach(killAll)

async function started(fake: object = {}) {
  const config = writeConfig({ gateway: { port: 0 }, channels: { fake } })
  const here: Place = { bin, stateDir: scratch(), config }
  const running = runGateway(here)
  await running.event('gateway.ready')
  return { ...running, here, cli: (...args: string[]) => moltbot(here, ...args) }
}

describe('moltbot', () => {
  it('lists what it can do', async () => {
    const { code, stdout } = await moltbot({ bin, stateDir: scratch() }, '--help')
    expect(code).toBe(0)
    expect(stdout.match(/^ {2}\w+(?= )/gm)).toEqual([
      '  gateway',
      '  dashboard',
      '  config',
      '  pairing',
      '  channels',
      '  puppets',
      '  outbox',
      '  schedules',
      '  push',
      '  tokens',
      '  mcp',
      '  webhooks',
      '  state',
      '  import',
      '  setup',
      '  doctor',
      '  logs',
      '  usage',
      '  alerts',
      '  completion',
      '  sandbox',
      '  help',
    ])
  })

  it.each([
    [['gateway', 'dance']],
    [['--nonsense']],
    [['gateway', 'run', '--port', 'x']],
    [['gateway', 'run', '--log-format', 'xml']],
    [['pairing', 'approve']],
    [['config', 'get']],
    [['channels', 'send', '--to', 'somebody']],
    [['channels', 'explain', '--group', 'g']],
    [['sandbox', 'say', 'hi', '--timeout', '-1']],
  ])('ends with 2 for %j', async (args) => {
    const { code, stdout, stderr } = await moltbot({ bin, stateDir: scratch() }, ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/error/i)
  })

  it.each([
    [['gateway', 'status']],
    [['gateway', 'stop']],
    [['gateway', 'restart']],
    [['pairing', 'list']],
    [['channels', 'list']],
    [['channels', 'send', '--to', 'somebody', '--text', 'hi']],
    [['sandbox', 'say', 'hello']],
  ])('ends with 69 and says how to start one for %j without a gateway', async (args) => {
    const { code, stdout, stderr } = await moltbot({ bin, stateDir: scratch() }, ...args)
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' })
    expect(stderr).toContain(`${bin} gateway run`)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})

describe('the command line in Chinese', () => {
  it('is chosen by --lang, and so are its errors', async () => {
    const here = { bin, stateDir: scratch() }
    expect((await moltbot(here, '--lang', 'zh', '--help')).stdout).toContain('用法：')
    const { code, stderr } = await moltbot(here, 'gateway', 'status', '--lang=zh_CN.UTF-8')
    expect({ code, stderr }).toEqual({
      code: 69,
      stderr: `${here.stateDir} 上没有正在运行的网关；启动：${bin} gateway run\n`,
    })
    expect(await moltbot(here, 'gateway', 'dance', '--lang', 'zh')).toMatchObject({
      code: 2,
      stderr: '错误：没有命令 dance\n',
    })
  })

  it('is refused for a language that there is not', async () => {
    const { code, stderr } = await moltbot({ bin, stateDir: scratch() }, '--lang', 'fr', 'gateway', 'status')
    expect(code).toBe(2)
    expect(stderr).toContain('The languages are en, zh.')
  })

  it('shows the status, and leaves the log and what scripts read in English', async () => {
    const { cli, lines } = await started({ accounts: { a: 'scan' } })
    const { code, stdout } = await cli('gateway', 'status', '--lang', 'zh')
    expect(code).toBe(1)
    expect(stdout).toContain('fake/a: 待扫码')
    const { stdout: json } = await cli('gateway', 'status', '--json', '--lang', 'zh')
    expect(json).not.toMatch(/\p{Script=Han}/u)
    expect(lines().map((line) => line.msg)).toContain('Gateway is ready')
  })
})

describe('gateway status', () => {
  it('ends with 0 when all is well', async () => {
    const { cli, child } = await started()
    const { code, stdout } = await cli('gateway', 'status')
    expect(code).toBe(0)
    expect(stdout).toContain(`pid ${child.pid}`)
    expect(stdout).toContain('fake/a: online')
    expect(JSON.parse((await cli('gateway', 'status', '--json')).stdout)).toMatchObject({ healthy: true })
  })

  it('ends with 1 and says what to do when a person is needed', async () => {
    const { cli } = await started({ accounts: { a: 'scan' } })
    const { code, stdout } = await cli('gateway', 'status')
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /account {2}fake\/a: scan, knows no secret\n {2}to do {4}scan the QR code:\s+\S+ channels login --account a\n/,
    )
  })
})

describe('gateway stop and restart', () => {
  it('return when it is done', async () => {
    const { cli, finished, lines } = await started()
    expect(await cli('gateway', 'restart')).toMatchObject({ code: 0 })
    expect(lines().filter((line) => line.event === 'gateway.ready')).toHaveLength(2)
    expect(await cli('gateway', 'stop')).toMatchObject({ code: 0 })
    expect(await finished).toMatchObject({ code: 0 })
  })

  it('tell when the configuration on disk was not taken', async () => {
    const { cli, here } = await started()
    writeFileSync(String(here.config), '{ broken')
    const { code, stderr } = await cli('gateway', 'restart')
    expect(code).toBe(78)
    expect(stderr).toContain('config.json5:1:')
  })
})

describe('pairing', () => {
  it('lists, approves, rejects and revokes', async () => {
    const { cli, here, event, lines } = await started()
    const ask = async (to: string) => {
      const since = lines().length
      await connectGateway(here.stateDir).call('send', { to, text: 'may I?' })
      return String((await event('fake.pairing', since)).code)
    }
    const ann = await ask('ann')
    const ben = await ask('ben')
    expect((await cli('pairing', 'list')).stdout).toMatch(new RegExp(`${ann} +a .*\\n +ann\\n`))
    expect(await cli('pairing', 'approve', ann.toLowerCase(), '--notify')).toMatchObject({ code: 0 })
    await event('fake.notified')
    expect(await cli('pairing', 'reject', ben)).toMatchObject({ code: 0 })
    const { pending, approved } = JSON.parse((await cli('pairing', 'list', '--json')).stdout)
    expect({ pending, approved }).toMatchObject({ pending: [], approved: [{ senderId: 'ann' }] })
    expect(await cli('pairing', 'revoke', 'ann', '--account', 'a')).toMatchObject({ code: 0 })
    expect((await cli('pairing', 'list')).stdout).toContain('No pending requests')
    expect(await cli('pairing', 'approve', ann)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('code'),
    })
  })
})

describe('on an older Node', () => {
  /** Makes the first process, and only that, believe that it is old. */
  const pretendOld = `
    if (!process.env.MOLTBOT_TEST_NEWER) Object.defineProperty(process, 'version', { value: 'v12.22.12' })
    process.env.MOLTBOT_TEST_NEWER = '1'
  `

  function oldNode() {
    const folder = scratch()
    mkdirSync(join(folder, 'bin'))
    copyFileSync(bin, join(folder, 'bin', 'moltbot.js'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'old.cjs'), pretendOld)
    const run = (...args: string[]) =>
      spawn(process.execPath, [
        '--require',
        join(folder, 'old.cjs'),
        join(folder, 'bin', 'moltbot.js'),
        ...args,
      ])
    return { folder, run }
  }

  function withNewer(folder: string, main: string): void {
    mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true })
    symlinkSync(process.execPath, join(folder, 'node_modules', '.bin', 'node'))
    mkdirSync(join(folder, 'dist', 'cli'), { recursive: true })
    writeFileSync(join(folder, 'dist', 'cli', 'main.js'), main)
  }

  it.each([
    [
      'of an installed package',
      false,
      'Install Node 24.16 or newer (https://nodejs.org), then install moltbot again',
    ],
    ['of a clone', true, 'Run "npm ci" in '],
  ])('%s says in one line what is missing and what helps, and ends with 1', async (_, isClone, advice) => {
    const { folder, run } = oldNode()
    if (isClone) {
      mkdirSync(join(folder, 'src', 'cli'), { recursive: true })
      writeFileSync(join(folder, 'src', 'cli', 'main.ts'), '')
    }
    const child = run('--version')
    let stderr = ''
    child.stderr.on('data', (data) => {
      stderr += data
    })
    expect(await once(child, 'close')).toEqual([1, null])
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toContain('v12.22.12')
    expect(stderr).toContain(advice)
  })

  it('hands over to the one that came with the dependencies, with arguments and exit code', async () => {
    const { folder, run } = oldNode()
    withNewer(folder, 'process.exitCode = process.argv[2] === "a b" ? 42 : 1')
    expect(await once(run('a b'), 'close')).toEqual([42, null])
  })

  it('passes signals on, and ends as the other did', async () => {
    const { folder, run } = oldNode()
    withNewer(folder, 'console.log("up"); setInterval(() => {}, 1000)')
    const child = run()
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await once(child, 'close')).toEqual([null, 'SIGTERM'])
  })
})
