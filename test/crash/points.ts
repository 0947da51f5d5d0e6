/**
 * Loaded before the gateway (`--import`): kills the process with SIGKILL at a named point of a message's path. The points
 * are the verbs of the store, every write to a database, a call of a tool, and every call to the backend or the model. The code under test
 * knows nothing of them.
 *
 * MOLTBOT_CRASH_AT is a point and how often it is passed before, such as `attempt.after:3`.
 */

import http, { type ClientRequest } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { Readable } from 'node:stream'
import { SqliteAccountStore } from '../../extensions/wechat/src/store/sqlite-account.ts'
import { Database } from '../../packages/channel-sdk/src/sqlite/database.ts'
import { TurnFolder } from '../../packages/gateway/src/files/turn-folder.ts'
import { calls, hostedCalls, verbs } from './names.ts'

const [wanted, times = '0'] = (process.env.MOLTBOT_CRASH_AT ?? '').split(':')
let left = Number(times)

function pass(point: string): void {
  if (point !== wanted) return
  if (left === 0) process.kill(process.pid, 'SIGKILL')
  left -= 1
}

/** `<name>.before` and `<name>.after` around an asynchronous method. */
function watch(prototype: object, method: string, name: string): void {
  const original: unknown = Reflect.get(prototype, method)
  if (typeof original !== 'function') throw new Error(`there is no method ${method}`)
  const watched = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
    pass(`${name}.before`)
    const result: unknown = await Reflect.apply(original, this, args)
    pass(`${name}.after`)
    return result
  }
  Reflect.set(prototype, method, watched)
}

for (const [verb, name] of Object.entries(verbs)) watch(SqliteAccountStore.prototype, verb, name)
watch(Database.prototype, 'write', 'write')

if (process.env.MOLTBOT_STATE_URL !== undefined) {
  const { PostgresAccountStore } = await import('../../extensions/wechat/src/store/postgres/account.ts')
  const { PostgresDatabase } = await import('../../packages/gateway/src/postgres/database.ts')
  for (const [verb, name] of Object.entries(verbs)) watch(PostgresAccountStore.prototype, verb, name)
  for (const method of ['query', 'queryWithNext', 'transaction'])
    watch(PostgresDatabase.prototype, method, 'write')
}

if (wanted?.startsWith('hosted')) {
  const { HostedPuppet } = await import('../../extensions/wechat/src/puppets/hosted-puppet.ts')
  for (const [method, name] of Object.entries(hostedCalls)) watch(HostedPuppet.prototype, method, name)
}

const { store } = TurnFolder.prototype
TurnFolder.prototype.store = async function (...args) {
  const [content] = args
  pass('tool.before')
  if (content instanceof Readable) content.once('end', () => pass('tool.during'))
  const path = await store.apply(this, args)
  pass('tool.after')
  return path
}

/** `<name>.before` when the call is made, `.handed` when it is with the operating system, `.answered` before it is read. */
const { request } = http
function watchedRequest(...args: Parameters<typeof request>): ClientRequest {
  const outgoing = request(...args)
  const name = calls.find(([path]) => outgoing.path.includes(path))?.[1]
  if (name === undefined) return outgoing
  pass(`${name}.before`)
  outgoing.once('finish', () => pass(`${name}.handed`))
  outgoing.prependOnceListener('response', () => pass(`${name}.answered`))
  return outgoing
}
Object.assign(http, { request: watchedRequest })
syncBuiltinESMExports()
