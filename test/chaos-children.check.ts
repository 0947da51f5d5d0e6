/**
 * Chaos in child processes: puppets that exit, crash, hang and grow by dice that a printed seed repeats. Their
 * messages are answered once and in order, and another account is not affected.
 */

import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { createChannel } from '../extensions/wechat/src/channel.ts'
import { wechatConfigSchema } from '../extensions/wechat/src/config/schema.ts'
import { testHost } from '../extensions/wechat/test/host.ts'
import { installPuppet } from '../extensions/wechat/test/puppet-home.ts'
import { countOpen } from './chaos/checks.ts'
import { until } from './support/process.ts'

const runs = 3
const messages = 200
const patienceMs = 400_000
const name = 'wechaty-puppet-chaos'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
}, 60_000)

it(
  'answers every message once and in order, however the puppet ends',
  async () => {
    const firstSeed = Math.floor(Math.random() * 1_000_000)
    console.log(`seeds from ${firstSeed}`)
    const home = mkdtempSync(join(tmpdir(), 'moltbot-chaos-'))
    const source = pathToFileURL(join(import.meta.dirname, 'chaos', 'child-puppet.ts')).href
    installPuppet(home, name, `export { default } from ${JSON.stringify(source)}`)
    const ids = Array.from({ length: runs }, (_, index) => `seed-${firstSeed + index}`)
    for (const id of ids) mkdirSync(join(home, id))
    const host = testHost(home)
    const numbers = new Map<string, number>()
    host.agent = async ({ id, accountId }) => {
      const number = numbers.get(id) ?? numbers.size + 1
      numbers.set(id, number)
      return `answer #${number} of ${accountId}`
    }
    const accounts = Object.fromEntries(
      ids.map((id, index) => [
        id,
        {
          puppet: name,
          puppetOptions: { seed: firstSeed + index, folder: join(home, id), messages },
          puppetLimits: { maxMemoryMb: 400 },
          // It reads and writes files of this test, outside of its own folders.
          puppetAccess: 'user',
        },
      ]),
    )
    const config = wechatConfigSchema.parse({ dmPolicy: 'open', limits: { turnsPerHour: 0 }, accounts })
    const channel = await createChannel(host, config)
    closing.push(() => channel.stop({ deadlineMs: 10_000 }))
    for (const id of ids) await channel.startAccount(id)

    const db = new DatabaseSync(join(home, 'wechat.sqlite'), { readOnly: true })
    const read = (id: string, file: string) => readFileSync(join(home, id, file), 'utf8')
    const isDone = () => ids.every((id) => Number(read(id, 'told')) === messages) && countOpen(db) === 0
    const look = async () => {
      try {
        return isDone() || undefined
      } catch {
        return undefined // A file that is not there yet, or is being written.
      }
    }
    const standing = () => ids.map((id) => read(id, 'told')).join()
    await until(look, standing, patienceMs)

    for (const id of ids) {
      const delivered = read(id, 'delivered').trim().split('\n')
      const order = delivered.map((text) => Number(/#(\d+)/.exec(text)?.[1]))
      expect(new Set(delivered).size).toBe(delivered.length)
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      const rows = db
        .prepare('SELECT state, count(*) AS n FROM journal WHERE account_id = ? GROUP BY state')
        .all(id)
      console.log(id, `${read(id, 'starts')} starts`, JSON.stringify(rows))
      // A puppet that ends while a message is read from it leaves a row that says so.
      const others = rows.filter(({ state }) => state !== 'answered' && state !== 'unreadable')
      expect(others).toEqual([])
    }
    db.close()
  },
  patienceMs + 100_000,
)
