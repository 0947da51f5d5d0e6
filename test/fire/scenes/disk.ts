/**
 * The disk: full, full again, and failing.
 */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { canMount } from '../mounts.ts'
import type { Scene } from '../scene.ts'

export const diskFull: Scene = {
  name: 'disk-full',
  // Longer than the watchdog of a puppet, which starts one again that gives no sign of life.
  seconds: { test: 0, hand: 200 },
  isPossible: canMount,
  async run(stage, failureMs) {
    const times = []
    for (const _ of ['full', 'full again']) {
      await stage.say()
      await stage.allAnswered()
      assert(stage.disk)
      const makeRoom = stage.disk.fill()
      for (let n = 0; n < 3; n++) await stage.say()
      const problem = await stage.problem(/full/)
      await sleep(failureMs)
      makeRoom()
      times.push({ problem, answeredAfterMs: await stage.allAnswered() })
    }
    return { times }
  },
}

/** The gateway has to be started again to open its files again. */
export const diskFails: Scene = {
  name: 'disk-fails',
  seconds: { test: 0, hand: 60 },
  isPossible: canMount,
  async run(stage, failureMs) {
    assert(stage.disk)
    await stage.isAnswering()
    stage.disk.fail()
    stage.model.release()
    await stage.say()
    const problem = await stage.problem(/read-only/)
    await sleep(failureMs)
    const exitCode = await stage.gateway.stop()
    stage.disk.repair()
    await stage.start()
    return { problem, exitCode, answeredAfterMs: await stage.allAnswered() }
  },
}
