/**
 * `npm run bench:memory`: 1,000,000 messages from 10,000 people in 1,000 groups through one account, and the
 * resident memory of the process over time, as JSON lines. It covers the whole channel behind the connection: inbox,
 * store, gate, lanes, turns and outbox, with the real pairing desk, and pruning once an hour of the account's clock.
 * Wechaty and the puppet are left out, and the agent answers at once, because they would dominate the result. The figures
 * are informative only. The argument is the number of messages.
 */

import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChannelHost, Logger } from '@moltbot/channel-sdk'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { resolveAccounts } from '../../extensions/wechat/src/config/resolve.ts'
import { wechatConfigSchema } from '../../extensions/wechat/src/config/schema.ts'
import type { InboundMessage } from '../../extensions/wechat/src/model/message.ts'
import { easyLink, type Flow, startFlow } from '../../extensions/wechat/test/flow.ts'
import { gatewayMigrations } from '../../packages/gateway/src/gateway-database.ts'
import { createPairingDesk } from '../../packages/gateway/src/pairing/sqlite-pairing.ts'
import { printFigures, residentMb, round } from '../support/figures.ts'
import { until } from '../support/process.ts'

const messages = Number(process.argv[2] ?? 1_000_000)
const people = 10_000
const groups = 1_000
/** Shares of each hundred messages: questions to the bot, from senders who are not admitted, from strangers in direct chats. */
const askedPercent = 8
const unheardPercent = 10
const strangersPercent = 2
/** Time between two messages on the account's clock. A million messages take five weeks. */
const messageEveryMs = 3_000
const messagesPerHour = (60 * 60_000) / messageEveryMs
/** The account's default `historyLimit`. */
const historyKept = 20
const keepEndedMs = 7 * 24 * 60 * 60_000
const reports = 10
const drainTimeoutMs = 60_000

const beganMs = Date.UTC(2026, 0, 1)
let nowMs = beganMs
const now = () => nowMs
const counts = { turns: 0, sent: 0, codes: 0 }
const link = easyLink({
  sendText: async () => {
    counts.sent += 1
  },
})

const folder = await mkdtemp(join(tmpdir(), 'bench-memory-'))
const flow = await startFlow({ account: account(), host: host(), link, now })
try {
  const startedMs = performance.now()
  let reportedMs = startedMs
  for (let n = 0; n < messages; ) {
    const end = Math.min(n + messagesPerHour, messages)
    await hour(flow, n, end)
    if (Math.floor((end * reports) / messages) > Math.floor((n * reports) / messages)) {
      await report(end, performance.now() - reportedMs, Math.floor(messages / reports))
      reportedMs = performance.now()
    }
    n = end
  }
  const seconds = (performance.now() - startedMs) / 1_000
  printFigures('memory-total', {
    messages,
    seconds: Math.round(seconds),
    messagesPerSecond: Math.round(messages / seconds),
    ...counts,
  })
} finally {
  await flow.stop()
  await rm(folder, { recursive: true })
}

/** The messages of an hour arrive at once. They are decided, answered and sent before the next hour begins. */
async function hour({ inbox, lanes, outbox, whole }: Flow, from: number, to: number): Promise<void> {
  const batch = Array.from({ length: to - from }, (_, index) => message(from + index))
  nowMs = beganMs + to * messageEveryMs
  await Promise.all(batch.map((one) => inbox.accept(one)))
  const atRest = () => inbox.busy + lanes.busy + outbox.busy === 0 || undefined
  await until(atRest, () => `lanes ${lanes.busy}, outbox ${outbox.busy}`, drainTimeoutMs)
  const rowsMs = keepEndedMs
  const signal = new AbortController().signal
  const textsMs = new Map<string, number>()
  await whole.prune({ nowMs, rowsMs, textsMs, otherTextsMs: rowsMs, history: historyKept, signal })
}

async function report(done: number, elapsedMs: number, since: number): Promise<void> {
  // Without a collection the figure depends on when the collector last ran.
  globalThis.gc?.()
  const { heapUsed } = process.memoryUsage()
  const sizes = await Promise.all(
    ['wechat.sqlite', 'wechat.sqlite-wal'].map((name) => stat(join(folder, name))),
  )
  printFigures('memory', {
    messages: done,
    residentMb: round(residentMb()),
    heapUsedMb: megabytes(heapUsed),
    storeMb: megabytes(sizes.reduce((sum, { size }) => sum + size, 0)),
    messagesPerSecond: Math.round((since * 1_000) / elapsedMs),
  })
}

function megabytes(bytes: number): number {
  return round(bytes / 1_024 / 1_024)
}

/** The n-th message. Every group gets every kind, from changing senders. */
function message(n: number): InboundMessage {
  const dice = n % 100
  const round = Math.floor(n / 100)
  const isStranger = dice < strangersPercent
  const isUnheard = dice >= 100 - unheardPercent
  const isAsked = !isStranger && dice < strangersPercent + askedPercent
  // 7 and 100 have no common divisor, so the groups and people of each kind change with every round.
  const person = `o9Person${(n * 7 + round) % people}@im.wechat`
  const sender = isUnheard ? `${person}.unheard` : person
  return {
    accountId: 'default',
    id: `message-${n}`,
    conversation: isStranger
      ? { kind: 'direct', id: sender }
      : { kind: 'group', id: `R${(n * 7 + round) % groups}@chatroom` },
    sender: { id: sender, label: `Person ${n % people}` },
    bot: { id: 'o9Bot@im.bot', name: 'My Bot' },
    idStability: 'stable',
    kind: 'text',
    text: `${isAsked ? '@My Bot ' : ''}what people say to each other in message ${n} 群里大家说的话`,
    timestampMs: nowMs,
  }
}

function account() {
  const groupAllowFrom = Array.from({ length: people }, (_, n) => `o9Person${n}@im.wechat`)
  const [only] = resolveAccounts(wechatConfigSchema.parse({ groupAllowFrom }))
  if (only === undefined) throw new Error('the configuration has no account')
  return only
}

function host(): ChannelHost {
  const quiet = () => undefined
  const log: Logger = { debug: quiet, info: quiet, warn: quiet, error: complain, child: () => log }
  const { db } = openDatabase(join(folder, 'gateway.sqlite'), gatewayMigrations)
  const desk = createPairingDesk(db, { now })
  return {
    stateDir: folder,
    debounceMs: 0,
    mediaWaitMs: 0,
    progressAfterMs: 0,
    log,
    pairing: {
      isApproved: (...asked) => desk.isApproved(...asked),
      async request(accountId, senderId) {
        const request = await desk.request(accountId, senderId)
        if (request.status === 'created') counts.codes += 1
        return request
      },
    },
    async *runTurn() {
      counts.turns += 1
      yield { text: 'A short answer.' }
    },
    report: quiet,
    resetSession: async () => undefined,
    registerSecret: quiet,
  }
}

function complain(fields: object, text: string): void {
  throw new Error(`${text}: ${JSON.stringify(fields)}`)
}
