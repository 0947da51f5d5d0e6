/**
 * Puppets in real child processes, over real sockets: what they do to each other and to the gateway, which is nothing.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Puppet } from 'wechaty-puppet'
import { z } from 'zod'
import { actingPuppet, installPuppet, isAlive, puppetHome } from '../../../test/puppet-home.ts'
import { eventually, recordingLog, temporaryFolder } from '../../../test/samples.ts'
import { capabilitiesOf } from '../capabilities.ts'
import { type PuppetChild, type PuppetChildOptions, startPuppetChild } from './puppet-child.ts'

const slowMs = 60_000
/** Several tests start children one after the other. */
vi.setConfig({ testTimeout: 2 * slowMs, hookTimeout: slowMs })

const secret = 'correct-horse-battery-staple'

// Run folders are counted: those of other tests are elsewhere.
beforeAll(() => void vi.stubEnv('TMPDIR', temporaryFolder()))
afterAll(() => vi.unstubAllEnvs())

const children: PuppetChild[] = []
const log = recordingLog()

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.stop()))
  log.lines.length = 0
})

async function start(changes: Partial<PuppetChildOptions> = {}): Promise<PuppetChild> {
  const child = await startPuppetChild({
    puppet: actingPuppet,
    options: {},
    stateDir: temporaryFolder(),
    configDir: puppetHome(),
    limits: { maxMemoryMb: 2_048 },
    log,
    signal: new AbortController().signal,
    readyDeadlineMs: slowMs,
    ...changes,
  })
  child.puppet.on('error', () => undefined)
  children.push(child)
  return child
}

/** Starts the hosted puppet; resolves when it has logged in, with all that Alice will have written. */
async function logIn({ puppet }: PuppetChild): Promise<string[]> {
  const heard: string[] = []
  puppet.on('message', async ({ messageId }) => {
    const { text, talkerId } = await puppet.messagePayload(messageId)
    if (talkerId === 'alice') heard.push(text ?? '')
  })
  await puppet.start()
  await eventually(() => expect(puppet.isLoggedIn).toBe(true), slowMs)
  return heard
}

/** Makes the puppet act; it may not live to answer. */
function act(puppet: Puppet, name: string): void {
  puppet.messageSendText('alice', name).catch(() => undefined)
}

/** Only a puppet with `access: 'user'` may start one. */
async function startBrowser(child: PuppetChild): Promise<number> {
  const heard = await logIn(child)
  act(child.puppet, 'browser')
  await eventually(() => expect(heard.join()).toMatch(/^browser \d+/), slowMs)
  return Number(heard[0]?.split(' ')[1])
}

const printed = () => log.lines.map(({ message }) => message)
const runFolders = () => readdirSync(tmpdir()).filter((name) => /^moltbot-[A-Za-z0-9]{6}$/.test(name))
const runFolderOf = ({ pid }: PuppetChild) =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').at(-2) ?? ''

test('takes over the capabilities that the puppet declares, as far as they are trusted', async () => {
  const { puppet } = await start()
  expect(capabilitiesOf(puppet)).toMatchObject({ maxTextLength: 500 })
  expect(capabilitiesOf(puppet).ownerId).toBeUndefined()
})

test('a puppet in a child logs in, hears and speaks over its socket', async () => {
  const child = await start()
  const heard = await logIn(child)
  await child.puppet.messageSendText('alice', 'hello')
  await eventually(() => expect(heard).toEqual(['you wrote hello']), slowMs)
  await expect(child.puppet.messageSendText('bob', 'hello')).rejects.toThrow('there is no contact bob')
})

test('a file that the puppet names by an address inside is not fetched, neither here nor there', async () => {
  let asked = 0
  const inside = createServer((_, response) => {
    asked++
    response.end('inside')
  })
  await once(inside.listen(0, '127.0.0.1'), 'listening')
  const { port } = z.object({ port: z.number() }).parse(inside.address())
  const child = await start()
  await logIn(child)
  const file = child.puppet.messageFile(`http://127.0.0.1:${port}/latest/meta-data/`)
  await expect(file).rejects.toThrow('public internet')
  expect(asked).toBe(0)
  inside.close()
})

test('puppet-mock runs in a child', async () => {
  const { puppet } = await start({ puppet: 'wechaty-puppet-mock' })
  await puppet.start()
  expect(puppet.state.active()).toBe(true)
  await puppet.stop()
})

test('only this user can open the socket, and nothing is left of it after the stop', async () => {
  const child = await start()
  const folder = runFolderOf(child)
  const mode = (path: string) => statSync(path).mode & 0o777
  expect(mode(folder)).toBe(0o700)
  expect(mode(join(folder, 'puppet.sock'))).toBe(0o600)
  expect(dirname(folder)).toBe(tmpdir())
  await logIn(child)
  await child.puppet.stop()
  await child.stop()
  expect(existsSync(folder)).toBe(false)
  expect(isAlive(child.pid)).toBe(false)
  expect((await child.exited).reason).toMatchObject({ code: 'aborted', message: 'the puppet was stopped' })
})

test.each(['own', 'user'] as const)(
  'access "%s": a puppet has its own home, and neither environment nor command line has secrets',
  async (access) => {
    process.env.MODEL_API_KEY = secret
    try {
      const child = await start({ options: { token: secret }, access })
      const heard = await logIn(child)
      const about = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, 'utf8')
      expect(about('cmdline')).toContain('main.ts')
      expect(about('cmdline') + about('environ')).not.toContain(secret)
      act(child.puppet, 'environment')
      await eventually(() => expect(heard).toHaveLength(1), slowMs)
      const environment: Record<string, string> = JSON.parse(heard[0] ?? '')
      expect(JSON.stringify(environment)).not.toContain(secret)
      expect(environment).toMatchObject({ PATH: process.env.PATH, TMPDIR: runFolderOf(child) })
      expect(environment.HOME).not.toBe(process.env.HOME)
    } finally {
      delete process.env.MODEL_API_KEY
    }
  },
)

const everyWay = 'file,parent,link,program,worker,database,variables,module,debugger'

test.each([
  ['own', ''],
  ['user', everyWay],
] as const)(
  'a puppet with access "%s" reaches other files of the user by these ways: %s',
  async (access, ways) => {
    const stateDir = temporaryFolder()
    const target = join(temporaryFolder(), 'secret.mjs')
    writeFileSync(target, '// a secret')
    mkdirSync(join(stateDir, 'home'))
    writeFileSync(join(stateDir, 'home', 'target'), target)
    const child = await start({ stateDir, access })
    const heard = await logIn(child)
    act(child.puppet, 'spy')
    await eventually(() => expect(heard).toEqual([`seen: ${ways}`]), slowMs)
    expect(existsSync(`${target}.sqlite`)).toBe(access === 'user')
  },
)

test('a gateway that is killed takes a confined puppet along, though it hangs', async () => {
  const script = join(import.meta.dirname, '..', '..', '..', 'test', 'puppet-parent.ts')
  const parent = spawn(process.execPath, [
    '--conditions=@moltbot/source',
    script,
    puppetHome(),
    'hang',
    'own',
  ])
  let printed = ''
  parent.stdout.on('data', (text) => {
    printed += text
  })
  await eventually(() => expect(printed).toContain('pid'), slowMs)
  const { pid } = JSON.parse(printed)
  expect(isAlive(pid)).toBe(true)
  parent.kill('SIGKILL')
  await eventually(() => expect([isAlive(pid), runFolders()]).toEqual([false, []]), slowMs)
})

test('the memory card is stored for the next start, in a file of this user', async () => {
  const stateDir = temporaryFolder()
  for (const starts of [1, 2]) {
    const child = await start({ stateDir })
    await logIn(child)
    await child.stop()
    const file = join(stateDir, 'memory-card.json')
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ starts })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  }
})

test('a damaged memory card is set aside', async () => {
  const stateDir = temporaryFolder()
  writeFileSync(join(stateDir, 'memory-card.json'), '{"starts":')
  await logIn(await start({ stateDir }))
  expect(readFileSync(join(stateDir, 'memory-card.json.damaged'), 'utf8')).toBe('{"starts":')
})

test.each([
  ['throws while it is made', { options: { act: 'throw' } }, 'puppet-options-refused', 'no such option'],
  ['needs a program', { puppet: 'program' }, 'puppet-broken', 'puppetAccess: "user"'],
  ['needs a file elsewhere', { puppet: 'elsewhere' }, 'puppet-broken', 'puppetAccess: "user"'],
  ['needs native code', { puppet: 'code' }, 'puppet-broken', 'puppetAccess: "user"'],
  ['is not installed', { puppet: 'wechaty-puppet-missing' }, 'puppet-missing', 'npm install'],
  ['throws while it loads', { puppet: 'throws' }, 'puppet-broken', 'kaputt'],
  ['exits while it loads', { puppet: 'exits' }, 'puppet-exited', 'goodbye'],
  ['is no puppet', { puppet: 'number' }, 'puppet-invalid', 'number'],
  ['never loads', { puppet: 'waits', readyDeadlineMs: 5_000 }, 'puppet-not-ready', 'waiting for nothing'],
  ['blocks its process', { puppet: 'hangs', readyDeadlineMs: 5_000 }, 'puppet-not-ready', '5 s'],
])('a puppet that %s is an error with a code, and leaves nothing', async (_, changes, code, words) => {
  const configDir = puppetHome()
  installPuppet(
    configDir,
    'throws',
    "process.send('what?'); process.send({ type: 'failed' }); throw new Error('kaputt')",
  )
  installPuppet(configDir, 'program', "(await import('node:child_process')).execFileSync('true')")
  installPuppet(configDir, 'elsewhere', "(await import('node:fs')).readFileSync('/etc/hostname')")
  installPuppet(configDir, 'code', "process.dlopen({ exports: {} }, '/lib/x.node')")
  installPuppet(configDir, 'exits', "console.error('goodbye'); process.exit(1)")
  installPuppet(configDir, 'number', 'export default 1')
  installPuppet(
    configDir,
    'waits',
    "console.log('waiting for nothing'); await new Promise((r) => setTimeout(r, 1e6))",
  )
  installPuppet(configDir, 'hangs', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)')
  const error: unknown = await start({ configDir, ...changes }).catch((error: unknown) => error)
  expect(error).toMatchObject({ name: 'MoltbotError', code })
  expect(String(error)).toContain(words)
  expect(runFolders()).toEqual([])
})

test.each([
  ['exits', 'exit', 'puppet-exited', 'code 3'],
  ['throws where no code catches', 'crash', 'puppet-exited', 'TypeError'],
  ['stops by itself', 'stop', 'puppet-exited', 'the puppet stopped by itself'],
])('the end of a puppet that %s is noticed', async (_, name, code, words) => {
  const child = await start()
  await logIn(child)
  act(child.puppet, name)
  const { reason } = await child.exited
  expect(reason).toMatchObject({ code, retryable: true })
  expect(reason.message).toContain(words)
})

test('a puppet may take longer to start than its server waits; if it fails then, it ends with the reason', async () => {
  const [slow, failing] = await Promise.all([
    start({ options: { startMs: 20_000 } }),
    start({ options: { startMs: 12_000, startError: 'no network here' } }),
  ])
  const dongs: unknown[] = []
  slow.puppet.on('dong', ({ data }) => void dongs.push(data))
  await Promise.all([slow.puppet.start(), failing.puppet.start()])
  expect(slow.puppet.isLoggedIn).toBe(false)
  slow.puppet.ding('are you there?')
  await eventually(() => expect(dongs).toEqual(['are you there?']), slowMs)
  const { reason } = await failing.exited
  expect(reason).toMatchObject({ code: 'puppet-start-failed', retryable: true })
  expect(reason.message).toContain('could not start; its last output: no network here')
  await eventually(() => expect(slow.puppet.isLoggedIn).toBe(true), slowMs)
})

test('a promise that fails is logged, and the puppet works on', async () => {
  const child = await start()
  const heard = await logIn(child)
  act(child.puppet, 'reject')
  await eventually(() => expect(printed().join()).toContain('a promise of the puppet'), slowMs)
  await child.puppet.messageSendText('alice', 'still there?')
  await eventually(() => expect(heard).toEqual(['you wrote still there?']), slowMs)
})

test('a puppet that takes too much memory is ended, with the browser it started', async () => {
  const child = await start({ access: 'user', limits: { maxMemoryMb: 400 } })
  const browser = await startBrowser(child)
  act(child.puppet, 'hog')
  const { reason, signal } = await child.exited
  expect(signal).toBe('SIGKILL')
  expect(reason).toMatchObject({ code: 'puppet-out-of-memory', retryable: true })
  expect(reason.message).toMatch(/held \d+ MiB of memory; puppetLimits.maxMemoryMb allows 400/)
  await eventually(() => expect(isAlive(browser)).toBe(false), slowMs)
})

test('a browser is ended though the puppet that started it was killed', async () => {
  const child = await start({ access: 'user' })
  const browser = await startBrowser(child)
  process.kill(child.pid, 'SIGKILL')
  await child.stop()
  expect(isAlive(browser)).toBe(false)
  expect(runFolders()).toEqual([])
})

test('a puppet that hangs or does not listen to signals is stopped all the same', async () => {
  const child = await start({ options: { act: 'deaf' } })
  await logIn(child)
  act(child.puppet, 'hang')
  await child.stop()
  expect(isAlive(child.pid)).toBe(false)
})

test.each([
  ['hangs', 'hang', []],
  ['is being stopped', 'rest', ['SIGTERM'] as const],
])(
  'a gateway that is killed takes its puppet along while that %s, and the browser',
  async (_, act, signals) => {
    const script = join(import.meta.dirname, '..', '..', '..', 'test', 'puppet-parent.ts')
    const parent = spawn(process.execPath, ['--conditions=@moltbot/source', script, puppetHome(), act])
    let printed = ''
    parent.stdout.on('data', (text) => {
      printed += text
    })
    await eventually(() => expect(printed).toContain('browser'), slowMs)
    const { pid, browser } = JSON.parse(printed)
    expect([isAlive(pid), isAlive(browser)]).toEqual([true, true])
    for (const signal of signals) process.kill(pid, signal)
    parent.kill('SIGKILL')
    await eventually(() => expect([isAlive(pid), isAlive(browser)]).toEqual([false, false]), slowMs)
    expect(runFolders()).toEqual([])
  },
)

test('a new start of an account ends what is left of the last one', async () => {
  const stateDir = temporaryFolder()
  const first = await start({ stateDir })
  await logIn(first)
  act(first.puppet, 'hang')
  const second = await start({ stateDir })
  expect(isAlive(first.pid)).toBe(false)
  expect(await logIn(second)).toEqual([])
})

test('the output of the puppet is cut and counted', async () => {
  const child = await start()
  await logIn(child)
  act(child.puppet, 'garbage')
  act(child.puppet, 'flood')
  await eventually(() => expect(printed()).toContain('flood'), slowMs)
  await child.stop()
  expect(Math.max(...printed().map((line) => line.length))).toBeLessThan(2_100)
  expect(printed().length).toBeLessThan(500)
  expect(printed().join()).toMatch(/\d{4} lines of the puppet were left out/)
  expect(printed().join()).not.toContain('\u001b')
})

test('giving up the start ends the child', async () => {
  const configDir = puppetHome()
  installPuppet(configDir, 'hangs', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)')
  const giveUp = new AbortController()
  const starting = start({ configDir, puppet: 'hangs', signal: giveUp.signal })
  await eventually(() => expect(runFolders()).toHaveLength(1), slowMs)
  giveUp.abort()
  await expect(starting).rejects.toMatchObject({ code: 'aborted' })
  expect(runFolders()).toEqual([])
})
