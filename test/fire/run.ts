/**
 * `npm run fire -- [name...]`: lets each failure last as long as in real life, each on a gateway of its own, and prints
 * what was seen as a line of JSON. Exit code 1 if something does not hold.
 */

import type { Scene } from './scene.ts'
import { scenes } from './scenes.ts'
import { Stage } from './stage.ts'

/** As the real backend does. */
const holdMs = 35_000

const names = process.argv.slice(2)
const known = scenes.map(({ name }) => name)
const unknown = names.filter((name) => !known.includes(name))
if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}; there is ${known.join(', ')}`)

for (const scene of scenes) {
  if (names.length > 0 && !names.includes(scene.name)) continue
  const seen = await play(scene)
  console.log(JSON.stringify({ name: scene.name, ...seen }))
  if ('failed' in seen) process.exitCode = 1
}

async function play({ seconds, isPossible = () => true, run }: Scene): Promise<object> {
  if (!isPossible()) return { skipped: 'this machine or this user cannot cause it' }
  let stage: Stage | undefined
  try {
    stage = await Stage.open(holdMs)
    return await run(stage, seconds.hand * 1_000)
  } catch (error) {
    return { failed: String(error) }
  } finally {
    await stage?.close()
  }
}
