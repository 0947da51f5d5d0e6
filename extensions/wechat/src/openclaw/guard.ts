/**
 * An error that no code waits for ends the process of OpenClaw with everything in it. What this channel and its libraries
 * do runs in a context of its own, which Node carries through promises, timers and sockets. So such an error is known to
 * be the channel's whatever its stack says, and is logged instead.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import { inspect } from 'node:util'
import { messageOf } from '@moltbot/channel-sdk'
import type { HostProcess } from './host-api.ts'

interface Shared {
  readonly context: AsyncLocalStorage<true>
  /** Processes that have the guard. */
  readonly guarded: WeakSet<object>
}

/** One for the process: the host loads the plugin several times, after an update even another copy of it. */
const sharedKey = Symbol.for('moltbot.wechat.guard')
const shared: Shared = Reflect.get(globalThis, sharedKey) ?? {
  context: new AsyncLocalStorage<true>(),
  guarded: new WeakSet(),
}
Reflect.set(globalThis, sharedKey, shared)
const { context } = shared

/** Calls the host from the channel's code: what the host does there is not the channel's. */
export function outside<Result>(work: () => Result): Result {
  return context.exit(work)
}

/** The same members. What their functions do is done in the channel's context. */
export function guarded<Members extends object>(members: Members): Members {
  const entries: [string, unknown][] = Object.entries(members)
  const replaced = entries.map(([name, member]) => [name, guardedMember(member)])
  return Object.assign({ ...members }, Object.fromEntries(replaced))
}

function guardedMember(member: unknown): unknown {
  if (typeof member === 'function')
    return (...args: unknown[]) => context.run(true, () => Reflect.apply(member, undefined, args))
  const isGroup = typeof member === 'object' && member !== null && !Array.isArray(member)
  return isGroup ? guarded(member) : member
}

/** Whether an error comes from the channel: from its context, or from a file in its folder. */
export function isOurs(reason: unknown, folder: string): boolean {
  if (context.getStore()) return true
  return reason instanceof Error && (reason.stack ?? '').includes(folder)
}

/** The part of Node's `process` that the guard uses. */
export interface GuardedProcess {
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown
  listenerCount(event: 'uncaughtException'): number
  exit(code: number): unknown
}

/**
 * From now on the channel's errors are logged, and those of others do what they would do without this guard. Never
 * rejects. A second guard of a process does nothing.
 * @param load the host's module, whose handlers are asked before the host ends the process
 */
export async function guardProcess(
  folder: string,
  log: (message: string) => void,
  load: () => Promise<HostProcess>,
  node: GuardedProcess = process,
): Promise<void> {
  if (shared.guarded.has(node)) return
  shared.guarded.add(node)
  const takes = (what: string) => (reason: unknown) => {
    const isTaken = isOurs(reason, folder)
    if (isTaken) log(`${what} in the WeChat channel: ${describe(reason)}`)
    return isTaken
  }
  const takesException = takes('Uncaught exception')
  // In a gateway nothing listens, and Node ends it. In its commands the host does, and asks the handlers below.
  node.on('uncaughtException', (error) => {
    if (node.listenerCount('uncaughtException') > 1 || takesException(error)) return
    console.error(error)
    node.exit(1)
  })
  try {
    const host = await load()
    host.registerUnhandledRejectionHandler(takes('Unhandled rejection'))
    host.registerUncaughtExceptionHandler(takesException)
  } catch (error) {
    log(`A rejected promise of the WeChat channel will end this process: ${messageOf(error)}`)
  }
}

function describe(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : inspect(reason)
}
