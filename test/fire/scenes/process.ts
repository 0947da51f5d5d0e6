/**
 * What a process is given: file descriptors, memory, and the state directory for itself.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scene } from '../scene.ts'

const limit = (pid: number, what: string) => void execFileSync('prlimit', ['--pid', String(pid), what])

function canLimit(): boolean {
  try {
    execFileSync('prlimit', ['--nofile'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** No file and no connection can be opened any more; those that are open are closed. */
export const descriptorsGone: Scene = {
  name: 'descriptors-gone',
  seconds: { test: 1, hand: 120 },
  isPossible: canLimit,
  async run(stage, failureMs) {
    const { pid } = stage.gateway
    stage.forgetLog()
    limit(pid, '--nofile=3:')
    stage.relay.cut()
    for (let n = 0; n < 3; n++) await stage.say()
    const { reason } = await stage.reaches('reconnecting')
    await sleep(failureMs)
    limit(pid, '--nofile=1024:')
    return { reason, answeredAfterMs: await stage.allAnswered() }
  },
}

/**
 * The system gives no more memory: the process ends, and its service manager starts another one. Before that the turn may
 * fail, and then the person has a notice instead of an answer.
 */
export const memoryGone: Scene = {
  name: 'memory-gone',
  // Using the memory up takes long; for the rest this is a crash, see crash.test.ts.
  seconds: { test: undefined, hand: 0 },
  isPossible: canLimit,
  async run(stage) {
    await stage.isAnswering()
    const { pid, exited } = stage.gateway
    const kilobytes = /^VmData:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    // As much as it has would last for minutes: it frees some of that again and again.
    limit(pid, `--data=${Number(kilobytes) * 512}:`)
    let isOver = false
    const ended = exited.finally(() => {
      isOver = true
    })
    while (!isOver) await Promise.allSettled(Array.from({ length: 20 }, () => stage.status()))
    stage.model.release()
    await stage.start()
    return { ended: await ended, ...(await stage.latestAnsweredOrTold()) }
  },
}

export const secondGateway: Scene = {
  name: 'second-gateway',
  seconds: { test: 0, hand: 0 },
  async run(stage) {
    const second = stage.home.start()
    const exitCode = await second.exited
    const message = second.stderr().trim()
    assert.equal(exitCode, 1)
    assert.match(message, /already running/)
    await stage.say()
    return { exitCode, message, answeredAfterMs: await stage.allAnswered() }
  },
}
