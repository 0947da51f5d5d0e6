/**
 * `npm run bench:puppets`: the cost of a puppet in a child process: the time until it listens and until it has started, and
 * the resident memory of its process, for the sources and, after `npm run build`, for the published files. The figures are
 * informative only.
 */

import '../support/quiet.ts'

import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { startPuppetChild } from '../../extensions/wechat/src/puppets/child/puppet-child.ts'
import { median, printFigures } from '../support/figures.ts'

const starts = 5
const settleMs = 2_000
const bytesPerKibibyte = 1_024
const root = join(import.meta.dirname, '..', '..')
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => log }

for (const [from, file] of [
  ['source', 'src/puppets/child/puppet-child.ts'],
  ['build', 'dist/puppets/child/puppet-child.js'],
] as const) {
  const path = join(root, 'extensions', 'wechat', file)
  if (!existsSync(path)) continue
  const { startPuppetChild: start }: { startPuppetChild: typeof startPuppetChild } = await import(path)
  const runs = []
  for (let n = 0; n < starts; n++) runs.push(await measure(start))
  printFigures('puppet-child', {
    from,
    starts,
    readyMs: median(runs.map(({ readyMs }) => readyMs)),
    startedMs: median(runs.map(({ startedMs }) => startedMs)),
    stoppedMs: median(runs.map(({ stoppedMs }) => stoppedMs)),
    residentMb: median(runs.map(({ residentMb }) => residentMb)),
    privateMb: median(runs.map(({ privateMb }) => privateMb)),
  })
}

async function measure(start: typeof startPuppetChild) {
  const stateDir = await mkdtemp(join(tmpdir(), 'bench-puppet-child-'))
  const beganMs = performance.now()
  const since = () => Math.round(performance.now() - beganMs)
  try {
    const { puppet, pid, stop } = await start({
      puppet: 'wechaty-puppet-mock',
      options: {},
      stateDir,
      configDir: root,
      limits: { maxMemoryMb: 2_048 },
      log,
      signal: new AbortController().signal,
    })
    const readyMs = since()
    puppet.on('error', ignore)
    await puppet.start()
    const startedMs = since()
    await sleep(settleMs)
    const figures = { residentMb: await memoryMb(pid, 'VmRSS'), privateMb: await memoryMb(pid, 'RssAnon') }
    const beforeStopMs = since()
    await puppet.stop()
    await stop()
    return { readyMs, startedMs, stoppedMs: since() - beforeStopMs, ...figures }
  } finally {
    await rm(stateDir, { recursive: true })
  }
}

/** A field of proc_pid_status(5). Linux only. */
async function memoryMb(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / bytesPerKibibyte)
}

function ignore(): void {}
