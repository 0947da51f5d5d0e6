/**
 * Preloaded into a gateway: writes each round trip to PostgreSQL as a line into the file that `MOLTBOT_TEST_TRIPS` names. What is
 * sent over a connection while it waits for an answer makes no trip of its own.
 */

import { appendFileSync } from 'node:fs'
import pg from 'pg'

export const tripsFile = 'MOLTBOT_TEST_TRIPS'

const file = process.env[tripsFile]
if (file !== undefined) trace(file)

function trace(path: string): void {
  const waiting = new WeakMap<pg.Client, number>()
  const send: (...args: unknown[]) => unknown = pg.Client.prototype.query
  const traced = function (this: pg.Client, ...args: unknown[]): unknown {
    const before = waiting.get(this) ?? 0
    waiting.set(this, before + 1)
    appendFileSync(path, `${before === 0 ? '' : '+ '}${textOf(args[0]).trim().replaceAll(/\s+/g, ' ')}\n`)
    const result = send.apply(this, args)
    const ended = () => waiting.set(this, (waiting.get(this) ?? 1) - 1)
    Promise.resolve(result).then(ended, ended)
    return result
  }
  Object.assign(pg.Client.prototype, { query: traced })
}

function textOf(query: unknown): string {
  return typeof query === 'string' ? query : String(Reflect.get(Object(query), 'text'))
}
