/**
 * The model: one that stops in the middle of a sentence, and one that never stops.
 */

import type { Scene } from '../scene.ts'

/** @param name what the owner asks for */
function misbehaving(name: 'stall' | 'endless'): Scene {
  return {
    name: `model-${name}`,
    seconds: { test: name === 'stall' ? 1 : undefined, hand: 120 },
    async run(stage, failureMs) {
      stage.forgetLog()
      stage.configure({ turnTimeoutSeconds: failureMs / 1_000 })
      await stage.logs({ event: 'config.applied' })
      await stage.say(name)
      const answeredAfterMs = await stage.allAnswered(failureMs + 60_000)
      const told = (await stage.lastText()).slice(-200)
      stage.forgetLog()
      stage.configure()
      await stage.logs({ event: 'config.applied' })
      await stage.say()
      await stage.allAnswered()
      return { answeredAfterMs, told }
    },
  }
}

export const modelStalls = misbehaving('stall')
export const modelEndless = misbehaving('endless')
