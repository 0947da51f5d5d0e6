/**
 * How soon a gateway with one account is ready, with a warm and with an empty compile cache, and what a command of the
 * CLI takes.
 */

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { median } from '../support/figures.ts'
import type { GatewayHome } from '../support/gateway.ts'
import { runNode } from '../support/process.ts'
import type { Stage } from './turns-stage.ts'

/** Medians in milliseconds, from the start of the process. */
export async function measureStarts(stage: Stage, times: number) {
  const emptied = join(stage.folder, 'emptied-cache')
  const warm = await startsOf(stage, {}, times, async () => undefined)
  const emptyCache = await startsOf(stage, { XDG_CACHE_HOME: emptied }, times, () =>
    rm(emptied, { recursive: true }),
  )
  await mkdir(join(stage.folder, '.moltbot'))
  await writeFile(join(stage.folder, '.moltbot', 'config.json5'), '{}')
  const command = (...args: string[]) => medianMs(times, () => runMoltbot(stage, args))
  return {
    readyMs: { warm, emptyCache },
    commandMs: { '--version': await command('--version'), 'config path': await command('config', 'path') },
  }
}

/** The first start makes the files of a new state directory and the compile cache, and does not count. */
async function startsOf(stage: Stage, env: NodeJS.ProcessEnv, times: number, prepare: () => Promise<void>) {
  const { home } = await stage.home(1, env)
  await readyMs(home)
  return medianMs(times, async () => {
    await prepare()
    return readyMs(home)
  })
}

async function medianMs(times: number, measure: () => Promise<number>): Promise<number> {
  const took: number[] = []
  for (let n = 0; n < times; n++) took.push(await measure())
  return Math.round(median(took))
}

async function readyMs(home: GatewayHome): Promise<number> {
  const startedMs = performance.now()
  const gateway = await home.startReady()
  const took = performance.now() - startedMs
  await gateway.stop()
  return took
}

async function runMoltbot(stage: Stage, args: readonly string[]): Promise<number> {
  const startedMs = performance.now()
  const { code, stderr } = await runNode(stage.bin, args, { ...stage.env, HOME: stage.folder })
  if (code !== 0) throw new Error(`moltbot ${args.join(' ')} ended with ${code}: ${stderr}`)
  return performance.now() - startedMs
}
