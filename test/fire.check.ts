/**
 * What can happen around a gateway (a full disk, a lost network, a clock that is set), one after the other for a moment
 * each. `npm run fire` lets each last as long as in real life.
 */

import { afterAll, describe, expect, it } from 'vitest'
import type { Scene } from './fire/scene.ts'
import { scenes } from './fire/scenes.ts'
import { Stage } from './fire/stage.ts'

let stage: Stage | undefined
afterAll(() => stage?.close())

/** All on one gateway; one that did not recover is replaced. */
async function play({ seconds, run }: Scene): Promise<void> {
  stage ??= await Stage.open()
  try {
    expect(await run(stage, (seconds.test ?? 0) * 1_000)).toBeDefined()
  } catch (error) {
    await stage.close()
    stage = undefined
    throw error
  }
}

describe('a gateway answers every message once, in spite of', { timeout: 240_000 }, () => {
  for (const scene of scenes.filter(({ seconds }) => seconds.test !== undefined)) {
    it.skipIf(scene.isPossible?.() === false)(scene.name, () => play(scene))
  }
})
