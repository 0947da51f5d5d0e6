/**
 * The plugin under measurement, inside the gateway, with a note of the two moments at which it and the host pass a turn to
 * each other: the message is handed to the host, and the host hands over a reply.
 */

import { appendFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** The module whose default export or namespace has `register`, and where the moments go. */
const { BENCH_PLUGIN: pluginPath = '', BENCH_MOMENTS: momentsFile = '' } = process.env

export interface Moment {
  readonly what: 'dispatched' | 'replied'
  /** Of the clock that all processes of a machine share. */
  readonly atNs: string
}

type Call = (...args: never[]) => unknown
type Group = Record<string, unknown>

export function register(api: Group, modules: unknown): void {
  const loaded: Group = createRequire(import.meta.url)(pluginPath)
  const { register: registerPlugin } = Object(loaded.default ?? loaded)
  registerPlugin(
    withMembers(api, {
      runtime: timedRuntime(api.runtime),
      registerChannel: (registration: Group) => {
        const plugin = Object(registration.plugin)
        const startAccount = (context: Group) => {
          const channelRuntime = timedChannel(context.channelRuntime)
          return plugin.gateway.startAccount({ ...context, channelRuntime })
        }
        const timed = { ...plugin, gateway: { ...plugin.gateway, startAccount } }
        Reflect.apply(Object(api.registerChannel), api, [{ ...registration, plugin: timed }])
      },
    }),
    modules,
  )
}

function timedRuntime(runtime: unknown): Group {
  return withMembers(runtime, { channel: timedChannel(Object(runtime).channel) })
}

/** Our plugin passes a plan to `inbound.dispatch`; Tencent's creates a dispatcher and passes it on. */
function timedChannel(channel: unknown): Group {
  const { inbound, reply } = Object(channel)
  return withMembers(channel, {
    inbound: withMembers(inbound, {
      dispatch: noted('dispatched', (plan: Group) =>
        inbound.dispatch({ ...plan, delivery: timedDelivery(Object(plan.delivery)) }),
      ),
    }),
    reply: withMembers(reply, {
      createReplyDispatcherWithTyping: (options: Group) =>
        reply.createReplyDispatcherWithTyping(timedDelivery(options)),
      dispatchReplyFromConfig: noted('dispatched', reply.dispatchReplyFromConfig),
    }),
  })
}

function timedDelivery(options: Group): Group {
  return { ...options, deliver: noted('replied', Object(options.deliver)) }
}

function noted(what: Moment['what'], call: Call): Call {
  return (...args) => {
    const moment: Moment = { what, atNs: String(process.hrtime.bigint()) }
    appendFileSync(momentsFile, `${JSON.stringify(moment)}\n`)
    return call(...args)
  }
}

/** With other members in place of some; the rest stays the host's, getters too. */
function withMembers(base: unknown, members: Group): Group {
  return Object.assign(Object.create(Object(base)), members)
}
