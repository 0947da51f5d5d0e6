import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeCheckout, writeConfig } from './moltbot.ts'
import { scratch } from './scratch.ts'

const hasPython = spawnSync('python3', ['-c', 'import pty']).status === 0

/** Runs its arguments in a terminal of their own, and closes that when its input ends. Prints the pid and the exit code. */
const inTerminal = `
import os, pty, select, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
print(pid, flush=True)
while True:
    ready, _, _ = select.select([terminal, 0], [], [])
    if 0 in ready and os.read(0, 1024) == b'':
        break
    if terminal in ready:
        try:
            os.read(terminal, 65536)
        except OSError:
            break
os.close(terminal)
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status), flush=True)
`

const config = () =>
  writeConfig({
    gateway: { port: 0 },
    agents: { defaults: { model: { primary: 'builtin/echo' } } },
    channels: { fake: { accounts: { a: 'online' } } },
  })

let bin = ''
const children = new Set<ChildProcess>()
const pids = new Set<number>()

beforeAll(() => {
  bin = makeCheckout()
})

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  children.clear()
  pids.clear()
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A gateway that a command line starts in a terminal, known by its log file. */
function startInTerminal(commandOf: (gateway: readonly string[]) => readonly string[]) {
  const stateDir = scratch()
  const file = config()
  const gateway = [process.execPath, bin, 'gateway', 'run', '--config', file]
  const env = { ...process.env, MOLTBOT_STATE_DIR: stateDir, HOME: stateDir, LC_ALL: 'C' }
  const child = spawn('python3', ['-c', inTerminal, ...commandOf(gateway)], { env })
  children.add(child)
  let printed = ''
  child.stdout.on('data', (data) => {
    printed += data
  })
  const log = join(stateDir, 'logs', 'gateway.log')
  const lines = (): Record<string, unknown>[] =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line))
      : []
  const event = async (name: string) => {
    for (;;) {
      const found = lines().find((line) => line.event === name)
      if (found !== undefined) return found
      await sleep(20)
    }
  }
  const ready = async () => {
    const { pid } = await event('gateway.ready')
    pids.add(Number(pid))
    return Number(pid)
  }
  const close = async () => {
    child.stdin.end()
    await once(child, 'close')
    return printed.trim().split('\n').at(-1)
  }
  return { stateDir, file, event, ready, close, lines }
}

describe.runIf(hasPython)('a gateway in a terminal', { timeout: 60_000 }, () => {
  it('ends cleanly when the terminal is closed, and its log file says so', async () => {
    const { ready, close, event } = startInTerminal((gateway) => gateway)
    const pid = await ready()
    expect(await close()).toBe('0')
    expect(isAlive(pid)).toBe(false)
    expect(await event('gateway.stopping')).toMatchObject({ signal: 'SIGHUP' })
    await event('gateway.stopped')
  })

  it('ends with the shell that started it', async () => {
    const { ready, close, event } = startInTerminal((gateway) => [
      'sh',
      '-c',
      `"$@" & wait`,
      'sh',
      ...gateway,
    ])
    const pid = await ready()
    await close()
    // The shell does not pass the signal on to its background jobs; an interactive one does.
    if (isAlive(pid)) process.kill(pid, 'SIGHUP')
    await event('gateway.stopped')
  })

  it('reads the configuration again on SIGHUP while the terminal is open', async () => {
    const { ready, event, file, lines } = startInTerminal((gateway) => gateway)
    const pid = await ready()
    writeFileSync(file, '{ broken')
    process.kill(pid, 'SIGHUP')
    await event('config.rejected')
    expect(lines().some((line) => line.event === 'gateway.stopping')).toBe(false)
  })

  it('goes on under nohup, and reads the configuration again on the SIGHUP of the closing terminal', async () => {
    const command = (gateway: readonly string[]) => [
      'sh',
      '-c',
      'nohup "$@" </dev/null >/dev/null 2>&1 & wait',
      'sh',
      ...gateway,
    ]
    const { ready, close, file, event, lines } = startInTerminal(command)
    const pid = await ready()
    await close()
    writeFileSync(file, '{ broken')
    process.kill(pid, 'SIGHUP')
    await event('config.rejected')
    expect(isAlive(pid)).toBe(true)
    expect(lines().some((line) => line.event === 'gateway.stopping')).toBe(false)
  })
})
