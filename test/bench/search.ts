/**
 * `npm run bench:search`: a search in Conversations among 100,000 and 1,000,000 stored messages, half of them Chinese, as JSON
 * lines: how long it takes when it hits the newest messages, only the oldest one, or none, and for how long the event loop
 * stands still at most. On SQLite, and on PostgreSQL where it is installed. `-- 100000` measures that size alone.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { openPostgresStore } from '../../extensions/wechat/src/store/postgres/store.ts'
import { openSqliteStore } from '../../extensions/wechat/src/store/sqlite-store.ts'
import type { Store } from '../../extensions/wechat/src/store/store.ts'
import { PostgresDatabase } from '../../packages/gateway/src/postgres/database.ts'
import { printFigures, round } from '../support/figures.ts'
import { startCluster, withoutPostgres } from '../support/postgres.ts'

const sizes = process.argv.slice(2).map(Number)
const accountId = 'bench'
const searches = {
  // Nothing is searched: what the machine's other work does to the event loop.
  'none for a second': undefined,
  'hits the newest': '你好吗',
  'hits the oldest alone': '天涯海角',
  'hits none': '没有这个词',
}

for (const messages of sizes.length > 0 ? sizes : [100_000, 1_000_000]) {
  await onSqlite(messages)
  if (!withoutPostgres) await onPostgres(messages)
}

async function onSqlite(messages: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'moltbot-search-'))
  const file = join(folder, 'wechat.sqlite')
  try {
    await openSqliteStore(file).store.close()
    const db = new DatabaseSync(file)
    db.exec(
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${messages}) ${rowsOf('n')}`,
    )
    db.close()
    const { store } = openSqliteStore(file)
    await measure('SQLite', messages, store)
    await store.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function onPostgres(messages: number): Promise<void> {
  const cluster = await startCluster()
  const db = new PostgresDatabase({ url: cluster.url(), statementTimeoutMs: 600_000 })
  try {
    const store = await openPostgresStore(db)
    await db.query(
      rowsOf(`generate_series(1, ${messages}) AS n (n)`).replace('journal', 'moltbot_wechat.journal'),
    )
    await db.query('ANALYZE')
    await measure('PostgreSQL', messages, store)
  } finally {
    await db.close()
    cluster.stop()
  }
}

/** Answered messages of a thousand people, every second one Chinese, the first with words that no other has. */
function rowsOf(numbers: string): string {
  const person = "'o9Person' || (n % 1000) || '@im.wechat'"
  const text = `CASE WHEN n = 1 THEN '天涯海角' WHEN n % 2 = 0 THEN '你好吗？明天下午三点我们在公司楼下的咖啡店见面，可以吗，第' || n || '号'
    ELSE 'How are you? Shall we meet tomorrow at three in the coffee shop below the office, number ' || n END`
  return `INSERT INTO journal
    (seq, account_id, conversation_kind, conversation_id, message_id, sender_id, state, reason, turn_id, attempts, received_ms, message)
    SELECT n, '${accountId}', 'direct', ${person}, 'm' || n, ${person}, 'answered', '', 'turn-' || n, 1, n * 1000,
      '{"accountId":"${accountId}","id":"m' || n || '","conversation":{"kind":"direct","id":"' || ${person} || '"},"sender":{"id":"' || ${person}
      || '","label":"Person"},"bot":{"id":"bot@im.bot","name":"bot"},"idStability":"stable","kind":"text","text":"' || ${text}
      || '","timestampMs":' || (n * 1000) || '}'
    FROM ${numbers}`
}

async function measure(on: string, messages: number, store: Store): Promise<void> {
  for (const [search, text] of Object.entries(searches)) {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    await sleep(20)
    const beganMs = performance.now()
    let found = 0
    let requests = 0
    if (text === undefined) await sleep(1_000)
    let before = text === undefined ? undefined : Number.MAX_SAFE_INTEGER
    while (text !== undefined && before !== undefined) {
      const page = await store.received({ accountId, text, limit: 50, before })
      requests++
      found += page.messages.length
      before = found === 0 ? page.next : undefined
    }
    const tookMs = performance.now() - beganMs
    await sleep(20)
    delay.disable()
    printFigures('search', {
      on,
      messages,
      search,
      found,
      requests,
      tookMs: round(tookMs),
      loopStallMsMax: round(delay.max / 1e6),
    })
  }
}
