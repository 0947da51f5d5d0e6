/**
 * Accounts that are started, stopped, reloaded, swapped and killed by dice that a printed seed repeats, on puppets that
 * hang in any member. `npm run lifetime` does 500, and measures on the real clock whether stops end in time.
 */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const folder = join(import.meta.dirname, 'chaos')
const runs = 60

it('whatever is done to an account in whatever order, its messages are answered once and nothing is left running', async () => {
  const firstSeed = Math.floor(Math.random() * 1_000_000)
  const clock = ['--conditions=@moltbot/source', '--import', join(folder, 'fast-clock.ts')]
  const args = [...clock, join(folder, 'lifetime.ts'), String(firstSeed), String(runs)]
  const { promise, resolve } = Promise.withResolvers<{ readonly failed: boolean; readonly output: string }>()
  execFile(process.execPath, args, (error, stdout, stderr) =>
    resolve({ failed: error !== null, output: `${stdout}${stderr}` }),
  )
  const { failed, output } = await promise
  console.log(output.slice(0, 2_000))
  expect(output).toContain('"problems":[]')
  expect(failed).toBe(false)
}, 600_000)
