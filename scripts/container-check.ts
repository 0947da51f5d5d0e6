/**
 * Tries the image: without a home directory, with a read-only root and without capabilities its sandbox answers, is
 * healthy and stops in order. Needs a container engine; the first argument is its command, `docker` by default.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { root } from './workspaces.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** One that is built already. */
    image: { type: 'string' },
  },
})
const [engine = 'docker', ...engineArgs] = (positionals[0] ?? 'docker').split(' ')
const image = values.image ?? 'moltbot-check'
const name = `moltbot-check-${process.pid}`
const startTimeoutMs = 30_000

if (values.image === undefined) run(['build', '--tag', image, root], 'inherit')
try {
  const hardened = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--env', 'TZ=Asia/Shanghai']
  const command = ['env', '-u', 'HOME', 'moltbot', 'gateway', 'run', '--sandbox', '--port', '18789']
  run(['run', '--detach', '--name', name, ...hardened, image, ...command])
  expect('the answer', await answer(), 'echo: hello')
  expect('the time zone', inside('date', '+%z'), '+0800')
  expect('the user', inside('id', '--user'), '1000')
  expect('the first process', inside('cat', '/proc/1/comm'), 'tini')
  inside(...healthCheck())
  const beforeMs = performance.now()
  run(['stop', '--time', '20', name])
  const stopMs = Math.round(performance.now() - beforeMs)
  expect('the exit code', run(['inspect', '--format', '{{.State.ExitCode}}', name]), '0')
  console.log(`the image works, and a stop takes ${stopMs} ms`)
} finally {
  run(['rm', '--force', '--volumes', name])
}

/** Until the sandbox runs, nobody answers. */
async function answer(): Promise<string> {
  const untilMs = performance.now() + startTimeoutMs
  for (;;) {
    try {
      return inside('moltbot', 'sandbox', 'say', 'hello')
    } catch (error) {
      if (performance.now() > untilMs) throw error
      await sleep(500)
    }
  }
}

/** Engines differ in how they tell it. */
function healthCheck(): string[] {
  const [, command = '[]'] =
    /^HEALTHCHECK .*CMD (.*)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8')) ?? []
  return JSON.parse(command)
}

function inside(...command: string[]): string {
  return run(['exec', name, ...command])
}

function run(args: readonly string[], stdout: 'pipe' | 'inherit' = 'pipe'): string {
  const stdio = ['ignore', stdout, 'inherit'] as const
  return (
    execFileSync(engine, [...engineArgs, ...args], { encoding: 'utf8', stdio: [...stdio] }) ?? ''
  ).trim()
}

function expect(what: string, seen: string, expected: string): void {
  if (seen !== expected) throw new Error(`${what} is ${seen}, and should be ${expected}`)
}
