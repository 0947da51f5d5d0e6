/**
 * Time: a clock that is set, and a machine that sleeps.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Scene } from '../scene.ts'

const hourMs = 3_600_000

/** An answer is being written and another waits to be sent again when the clock is set; later the gateway starts anew. */
function clockIsSet(name: string, offsetMs: number): Scene {
  return {
    name,
    // A part that waits does so for five seconds, and one of the two is enough for `npm test`.
    seconds: { test: offsetMs > 0 ? 0 : undefined, hand: 0 },
    async run(stage) {
      await stage.backend.control.fault({ endpoint: 'sendmessage', kind: 'ret', value: -1, errmsg: 'busy' })
      stage.forgetLog()
      await stage.say()
      await stage.logs({ outcome: 'parked' })
      await stage.isAnswering()
      await stage.setClock(offsetMs)
      await stage.say()
      stage.model.release()
      const answeredAfterMs = await stage.allAnswered()
      const { accounts } = await stage.status()
      const warning = accounts.flatMap(({ warnings = [] }) => warnings).find((text) => text.includes('clock'))
      await stage.setClock(0)
      await stage.say()
      await stage.allAnswered()
      return { answeredAfterMs, warning }
    },
  }
}

export const clockBack = clockIsSet('clock-back', -hourMs)
export const clockForward = clockIsSet('clock-forward', 24 * hourMs)

/** What happens to a process when a laptop sleeps. */
export const sleeps: Scene = {
  name: 'sleep',
  seconds: { test: 1, hand: 120 },
  async run(stage, failureMs) {
    await stage.isAnswering()
    stage.gateway.kill('SIGSTOP')
    stage.model.release()
    for (let n = 0; n < 3; n++) await stage.say()
    await sleep(failureMs)
    stage.gateway.kill('SIGCONT')
    return { answeredAfterMs: await stage.allAnswered() }
  },
}
