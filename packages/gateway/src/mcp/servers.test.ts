import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loggerTo } from '../../test/agent-stage.ts'
import { toolContext } from '../../test/tool-context.ts'
import { runTool } from '../tools/run-tool.ts'
import type { AgentTool } from '../tools/tool.ts'
import type { McpTiming } from './server.ts'
import { createMcpServers, type McpServerPool } from './servers.ts'
import type { McpServerConfig, StdioServerConfig } from './types.ts'

const require = createRequire(import.meta.url)
const everything = require.resolve('@modelcontextprotocol/server-everything/dist/index.js')
const loopback = fileURLToPath(new URL('../../test/mcp/loopback.ts', import.meta.url))
const oddServer = fileURLToPath(new URL('../../test/mcp/odd-server.ts', import.meta.url))

let pools: McpServerPool[]
let children: ChildProcess[]
let logged: string[]
let pidFile: string

beforeEach(() => {
  pools = []
  children = []
  logged = []
  pidFile = join(mkdtempSync(join(tmpdir(), 'moltbot-mcp-')), 'pids')
})
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.close()))
  for (const child of children) child.kill('SIGKILL')
})

const pids = () => (existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim().split('\n').map(Number) : [])
const living = () =>
  pids().filter((pid) => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  })

const odd = (...habits: string[]): StdioServerConfig => ({
  command: process.execPath,
  args: [oddServer, pidFile, ...habits],
  env: { SECRET: 'hunter2-hunter2' },
})

async function poolOf(servers: Record<string, McpServerConfig>, timing: Partial<McpTiming> = {}) {
  const pool = createMcpServers({ log: loggerTo(logged), timing: { firstPauseMs: 10, ...timing } })
  pools.push(pool)
  await pool.configure(servers)
  return pool
}

const namesIn = async (pool: McpServerPool) => pool.tools().map(({ name }) => name)
const connected = (pool: McpServerPool, id: string) =>
  expect.poll(() => pool.away(), { timeout: 10_000 }).not.toContain(id)
const linesWith = (event: string) => logged.filter((line) => line.includes(`"${event}"`))

async function call(
  pool: McpServerPool,
  name: string,
  input: object = {},
  signal = new AbortController().signal,
) {
  const tool: AgentTool | undefined = pool.tools().find((one) => one.name === name)
  if (tool === undefined) throw new Error(`no tool ${name}`)
  return runTool(tool, input, { ...toolContext(), signal })
}

/** The real server in a process of its own, on a free port by default. */
async function startEverything(
  loopbackPort = '0',
): Promise<{ url: string; port: string; child: ChildProcess }> {
  const child = spawn(process.execPath, ['--import', loopback, everything, 'streamableHttp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, LOOPBACK_PORT: loopbackPort },
  })
  children.push(child)
  const { promise, resolve } = Promise.withResolvers<string>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const port = /^loopback port (\d+)$/.exec(line)?.[1]
    if (port !== undefined) resolve(port)
  })
  const port = await promise
  return { url: `http://127.0.0.1:${port}/mcp`, port, child }
}

describe('the reference server', () => {
  const checks = async (pool: McpServerPool) => {
    expect(await namesIn(pool)).toEqual(expect.arrayContaining(['all_echo', 'all_get-sum']))
    expect(await call(pool, 'all_get-sum', { a: 2, b: 40 })).toContain('42')
    expect(await call(pool, 'all_echo', { message: '你好 <b>' })).toBe('Echo: 你好 <b>')
    expect(await call(pool, 'all_get-tiny-image')).toMatch(/image\/png, \d+ bytes: you see it/)
    await expect(call(pool, 'all_get-sum', { a: 'x' })).rejects.toThrow(/[Ii]nvalid/)
    expect(await call(pool, 'all_get-sum', { a: 1, b: 1 })).toContain('2')
    expect(linesWith('mcp.away')).toEqual([])
  }

  it('is used over stdio', async () => {
    const pool = await poolOf({ all: { command: process.execPath, args: [everything], env: {} } })
    await connected(pool, 'all')
    await checks(pool)
  })

  it('is used over HTTP', async () => {
    const { url } = await startEverything()
    const pool = await poolOf({ all: { url, headers: {} } })
    await connected(pool, 'all')
    await checks(pool)
  })

  it('costs one call when it dies over HTTP, and is found again', async () => {
    const { url, port, child } = await startEverything()
    const pool = await poolOf({ all: { url, headers: {} } })
    await connected(pool, 'all')
    const running = call(pool, 'all_trigger-long-running-operation', { duration: 60, steps: 2 })
    const outcome = expect(running).rejects.toThrow()
    setTimeout(() => child.kill('SIGKILL'), 100)
    await outcome
    await expect.poll(() => pool.away()).toEqual(['all'])
    expect(pool.tools()).toEqual([])
    expect(linesWith('warn')).toHaveLength(1)
    await startEverything(port)
    await connected(pool, 'all')
    expect(await call(pool, 'all_echo', { message: 'again' })).toBe('Echo: again')
  })
})

describe('a server over stdio', () => {
  it('lends its tools under its name, in characters that models take', async () => {
    const pool = await poolOf({ odd: odd() })
    await connected(pool, 'odd')
    expect(await namesIn(pool)).toEqual(
      ['echo', 'die', 'hang', 'fail', 'env', 'flood', 'odd_name_00a83921', 'send_file', 'learn'].map(
        (name) => `odd_${name}`,
      ),
    )
    expect(await call(pool, 'odd_echo', { a: [1] })).toBe('{"a":[1]}')
  })

  it('sees its own environment and nothing else of the gateway', async () => {
    process.env.GATEWAY_SECRET = 'do-not-show'
    const pool = await poolOf({ odd: odd() })
    await connected(pool, 'odd')
    const env = await call(pool, 'odd_env')
    delete process.env.GATEWAY_SECRET
    expect(env).toContain('PATH,')
    expect(env).not.toMatch(/GATEWAY_SECRET|VITEST|npm_/)
  })

  it('shows its secrets neither to the model nor in the log', async () => {
    const pool = await poolOf({ odd: odd() })
    await connected(pool, 'odd')
    expect(await call(pool, 'odd_env')).toContain('SECRET,***')
    await expect(call(pool, 'odd_fail')).rejects.toThrow('no luck with ***')
    expect(logged.join()).not.toContain('hunter2')
  })

  it('may write what is no message', async () => {
    const pool = await poolOf({ odd: odd('noisy') })
    await connected(pool, 'odd')
    expect(await call(pool, 'odd_echo')).toBe('{}')
  })

  it('has the tools that it announces later', async () => {
    const pool = await poolOf({ odd: odd() })
    await connected(pool, 'odd')
    await call(pool, 'odd_learn')
    await expect.poll(() => namesIn(pool)).toContain('odd_announced')
  })

  it('has the tools that it does not announce too, after a while', async () => {
    const pool = await poolOf({ odd: odd() }, { listAgeMs: 0, listGapMs: 1 })
    await connected(pool, 'odd')
    await call(pool, 'odd_learn', { how: 'secretly' })
    await expect.poll(() => namesIn(pool)).toContain('odd_unannounced')
  })

  it('cannot take a name of another server, whether or not that one is connected', async () => {
    const pool = await poolOf({ odd: odd(), odd_send: odd('silent') })
    await connected(pool, 'odd')
    expect(await namesIn(pool)).not.toContain('odd_send_file')
    expect(pool.misplaced()).toEqual([
      'MCP server odd offers odd_send_file, a name of server odd_send; the tool is not used',
    ])
    await pool.configure({ odd: odd() })
    expect(await namesIn(pool)).toContain('odd_send_file')
    expect(pool.misplaced()).toEqual([])
  })

  it('that dies in a call costs that call, and is started again', async () => {
    const pool = await poolOf({ odd: odd(), other: odd() })
    await connected(pool, 'odd')
    await connected(pool, 'other')
    await expect(call(pool, 'odd_die')).rejects.toThrow(/closed|ended/)
    expect(await call(pool, 'other_echo')).toBe('{}')
    await connected(pool, 'odd')
    expect(await call(pool, 'odd_echo')).toBe('{}')
    expect(linesWith('mcp.away')).toEqual([
      expect.stringContaining('it ended (exit code 3): a complaint on stderr'),
    ])
    expect(linesWith('mcp.connected')).toHaveLength(3)
  })

  it('that does not answer costs that call, and is given up after several', async () => {
    const pool = await poolOf({ odd: odd() }, { callMs: 50 })
    await connected(pool, 'odd')
    for (const _ of [1, 2])
      await expect(call(pool, 'odd_hang')).rejects.toThrow(/did not answer within 50 ms/)
    await call(pool, 'odd_echo')
    for (const _ of [1, 2]) await expect(call(pool, 'odd_hang')).rejects.toThrow(/did not answer/)
    expect(linesWith('mcp.away')).toEqual([])
    await expect(call(pool, 'odd_hang')).rejects.toThrow(/did not answer/)
    await expect
      .poll(() => linesWith('mcp.away'))
      .toEqual([expect.stringContaining('calls are not answered')])
    await connected(pool, 'odd')
  })

  it('that sends without end is given up', async () => {
    const pool = await poolOf({ odd: odd() })
    await connected(pool, 'odd')
    await expect(call(pool, 'odd_flood')).rejects.toThrow()
    expect(linesWith('mcp.away')).toEqual([expect.stringContaining('a message that is too large')])
  })

  it.each<[string, () => McpServerConfig, RegExp, connectMs?: number]>([
    ['there is no such program', () => ({ command: '/nowhere/server', args: [], env: {} }), /ENOENT/],
    ['it ends at once', () => ({ ...odd(), args: ['-e', 'process.exit(7)'] }), /it ended \(exit code 7\)/],
    ['it says nothing', () => odd('silent'), /did not answer within 200 ms/, 200],
    [
      'no server listens',
      () => ({ url: 'http://127.0.0.1:1/mcp', headers: {} }),
      /fetch failed|ECONNREFUSED/,
    ],
  ])('is away, which is reported once, when %s', async (_, config, why, connectMs = 60_000) => {
    const pool = await poolOf({ bad: config() }, { connectMs })
    await expect.poll(() => linesWith('mcp.away').length, { timeout: 20_000 }).toBeGreaterThan(2)
    expect(linesWith('warn')).toEqual([expect.stringMatching(why)])
    expect(pool.tools()).toEqual([])
    expect(pool.away()).toEqual(['bad'])
  })

  it('is not waited for when it is slow to start', async () => {
    const pool = await poolOf({ slow: odd('silent') })
    await pool.tried()
    expect(pool.tools()).toEqual([])
  })

  it('ends with all of its processes, even if it is deaf', async () => {
    const pool = await poolOf({ odd: odd('deaf', 'parent'), starting: odd('deaf', 'silent') })
    await connected(pool, 'odd')
    await expect.poll(() => living().length).toBe(3)
    await pool.close()
    await expect.poll(living).toEqual([])
  })

  it('is left alone by a new configuration that does not change it', async () => {
    const pool = await poolOf({ same: odd(), gone: odd() })
    await connected(pool, 'same')
    await connected(pool, 'gone')
    const before = pids()
    await pool.configure({ same: odd(), added: odd('noisy') })
    await connected(pool, 'added')
    expect(living()).toHaveLength(2)
    expect(pids()).toHaveLength(before.length + 1)
    expect((await namesIn(pool)).filter((name) => name.endsWith('_echo'))).toEqual([
      'same_echo',
      'added_echo',
    ])
  })

  it.each([
    ['is killed', 'SIGKILL', ''],
    ['exits', undefined, 'deaf'],
  ] as const)('ends with its gateway when that %s', async (_, signal, habit) => {
    const script = `
      import { createMcpServers } from ${JSON.stringify(new URL('./servers.ts', import.meta.url).href)}
      const quiet = { debug() {}, info() { console.log('up') }, warn() {}, error() {}, child: () => quiet }
      await createMcpServers({ log: quiet }).configure({ odd: ${JSON.stringify(odd(habit))} })
      process.stdin.once('data', () => process.exit())`
    const child = spawn(
      process.execPath,
      ['--conditions=@moltbot/source', '--input-type=module', '-e', script],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    )
    children.push(child)
    await new Promise((resolve) => child.stdout.once('data', resolve))
    expect(living()).toHaveLength(1)
    if (signal) child.kill(signal)
    else child.stdin.write('x')
    await expect.poll(living, { timeout: 5_000 }).toEqual([])
  })
})
