/**
 * `npm run bench:smoke`: the time until the gateway is ready, its resident memory, and the time of an answer, as one JSON
 * line. It uses one logged-in iLink account, a model without delay, and no debounce. The figures are informative only.
 */

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { startModelServer } from '@moltbot/channel-sdk/testing'
import { type Backend, startBackend } from '../support/backend.ts'
import { configOf } from '../support/config.ts'
import { median, quantile } from '../support/figures.ts'
import { GatewayHome, type RunningGateway } from '../support/gateway.ts'

const starts = 5
const warmUpTurns = 20
const turns = 100
/** Pause between two turns. */
const restMs = 25

const backend = await startBackend()
await backend.control.settings({ quota: 100_000 })
const model = await startModelServer({ reply: () => 'fine' })
const home = new GatewayHome(configOf(backend, model.baseUrl, { default: {} }))
try {
  const botId = await logIn()
  const figures = []
  for (let n = 0; n < starts; n++) figures.push(await measureStart())
  const gateway = await home.startReady()
  await gateway.line({ event: 'account.state', state: 'online' })
  for (let n = 0; n < warmUpTurns; n++) await turn(backend, botId)
  const latencies: number[] = []
  for (let n = 0; n < turns; n++) latencies.push(await turn(backend, botId))
  const rssAfterTurnsMb = residentMb(gateway)
  await gateway.stop()
  console.log(
    JSON.stringify({
      bench: 'smoke',
      cores: availableParallelism(),
      node: process.version,
      readyMs: median(figures.map(({ readyMs }) => readyMs)),
      onlineMs: median(figures.map(({ onlineMs }) => onlineMs)),
      rssMb: median(figures.map(({ rssMb }) => rssMb)),
      rssAfterTurnsMb,
      replyMs: { median: median(latencies), p95: quantile(latencies, 0.95), max: Math.max(...latencies) },
      turns,
    }),
  )
} finally {
  await home.dispose()
  await Promise.all([backend.close(), model.close()])
}

async function logIn(): Promise<string> {
  const gateway = await home.startReady()
  const { url } = await gateway.line({ event: 'account.qr' })
  const { botId } = await backend.scanAndConfirm(String(url), 'o9Owner@im.wechat')
  await gateway.line({ event: 'account.state', state: 'online' })
  await gateway.stop()
  return botId
}

async function measureStart() {
  const startedMs = performance.now()
  const gateway = await home.startReady()
  const readyMs = Math.round(performance.now() - startedMs)
  await gateway.line({ event: 'account.state', state: 'online' })
  const onlineMs = Math.round(performance.now() - startedMs)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const rssMb = residentMb(gateway)
  await gateway.stop()
  return { readyMs, onlineMs, rssMb }
}

/** Milliseconds from just before the backend gets the message until it has the reply, by the backend's clock. */
async function turn({ control }: Backend, botId: string): Promise<number> {
  const after = (await control.sent({ botId })).at(-1)?.seq ?? 0
  const startedMs = Date.now()
  await control.inbound({ botId, text: 'ping' })
  for (;;) {
    const [reply] = await control.sent({ botId, after })
    if (reply !== undefined) {
      // Remaining work of a turn must not count for the next one.
      await new Promise((resolve) => setTimeout(resolve, restMs))
      return reply.atMs - startedMs
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

function residentMb(gateway: RunningGateway): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kilobytes) / 1_024)
}
