/**
 * Durability: the gateway is killed with kill −9 at random moments during a stream of messages. Every message is answered
 * once.
 */

import { randomInt } from 'node:crypto'
import { startModelServer } from '@moltbot/channel-sdk/testing'
import { expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome } from './support/gateway.ts'

const messages = 60
const kills = 3
const userId = 'o9Owner@im.wechat'

/** A small generator (mulberry32), so that a run can be repeated by its seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The markers of the answered messages, in the order in which the replies show them. */
async function answered(backend: Backend, botId: string): Promise<string[]> {
  const replies = await backend.replies(botId)
  return replies.flatMap((reply) => reply.match(/#\d+#/g) ?? [])
}

async function streamUnderKills(dedupe: boolean): Promise<string[]> {
  const seed = Number(process.env.CRASH_SEED ?? randomInt(2 ** 31))
  console.log(`crash test, dedupe ${dedupe}: CRASH_SEED=${seed}`)
  const random = randomFrom(seed)
  const backend = await startBackend()
  await backend.control.settings({ quota: 1_000, dedupe })
  const model = await startModelServer({ reply: ({ lastUserText }) => `got ${lastUserText}`, delayMs: 15 })
  const home = new GatewayHome(configOf(backend, model.baseUrl, { default: {} }))
  try {
    let gateway = home.start()
    const { url } = await gateway.line({ event: 'account.qr' })
    const { botId } = await backend.scanAndConfirm(String(url), userId)
    await gateway.line({ event: 'account.state', state: 'online' })

    const stream = (async () => {
      for (let n = 0; n < messages; n++) {
        await backend.control.inbound({ botId, text: `#${n}#` })
        await wait(random() * 60)
      }
    })()
    for (let kill = 0; kill < kills; kill++) {
      await wait(200 + random() * 900)
      gateway.kill('SIGKILL')
      await gateway.exited
      gateway = home.start()
    }
    await stream
    await gateway.line({ event: 'account.state', state: 'online' })
    await until(async () => new Set(await answered(backend, botId)).size === messages)
    await wait(500)
    const markers = await answered(backend, botId)
    if (new Set(markers).size < messages) console.log(gateway.stdout().split('\n').slice(-40).join('\n'))
    return markers
  } finally {
    await home.dispose()
    await Promise.all([backend.close(), model.close()])
  }
}

async function until(check: () => Promise<boolean>, timeoutMs = 40_000): Promise<void> {
  const endMs = Date.now() + timeoutMs
  while (!(await check()) && Date.now() < endMs) await wait(50)
}

it('answers every message once over three kills', { timeout: 120_000 }, async () => {
  const markers = await streamUnderKills(true)
  const expected = Array.from({ length: messages }, (_, n) => `#${n}#`)
  expect(markers.toSorted()).toEqual(expected.toSorted())
})

it('repeats at most the chunk in flight at each kill on a backend that does not de-duplicate', {
  timeout: 120_000,
}, async () => {
  const markers = await streamUnderKills(false)
  expect(new Set(markers).size).toBe(messages)
  const backToBack = countRepeatedRuns(markers)
  expect(backToBack).toBeLessThanOrEqual(kills)
})

/** A repeated chunk shows the same run of markers twice: each such run counts once. */
function countRepeatedRuns(markers: readonly string[]): number {
  const seen = new Set<string>()
  let runs = 0
  let inRun = false
  for (const marker of markers) {
    if (seen.has(marker) && !inRun) runs++
    inRun = seen.has(marker)
    seen.add(marker)
  }
  return runs
}
