/**
 * Chaos: a puppet that drops, repeats, reorders, delays, throws, hangs, stops and emits late events, by dice that a printed
 * seed repeats. Each run is a separate account that gets 200 messages. `npm run chaos` does a thousand.
 */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const folder = join(import.meta.dirname, 'chaos')
const runs = 100

it('loses nothing, repeats nothing and keeps the order with misbehaving puppets', async () => {
  const firstSeed = Math.floor(Math.random() * 1_000_000)
  const clock = ['--conditions=@moltbot/source', '--import', join(folder, 'fast-clock.ts')]
  const args = [...clock, join(folder, 'run.ts'), String(firstSeed), String(runs)]
  const { promise, resolve } = Promise.withResolvers<string>()
  execFile(process.execPath, args, (_error, stdout, stderr) => resolve(`${stdout}${stderr}`))
  const said = await promise
  console.log(said.slice(0, 2_000))
  expect(said).toContain('"problems":[]')
}, 600_000)
