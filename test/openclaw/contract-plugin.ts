/**
 * Runs the host contract inside the gateway of OpenClaw: registered in place of the plugin, it wraps it, and the first
 * account that the host starts also starts the suite. Each host of the suite is our adapter on the real runtime.
 */

import { createHash } from 'node:crypto'
import { globSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { type HostHarness, type HostStart, hostContract } from '@moltbot/channel-sdk/testing'
import { Accounts } from '../../extensions/wechat/dist/openclaw/accounts.js'
import type { HostModules, PluginRuntime } from '../../extensions/wechat/dist/openclaw/host-api.js'
import type { PluginApi } from '../../extensions/wechat/dist/openclaw/host-plugin.js'
import { openClawChannel } from '../../extensions/wechat/dist/openclaw/plugin.js'

/** Where the results go, and the address of the proxy before the model. */
const { CONTRACT_RESULTS: resultsFile = '', CONTRACT_PROXY: proxy = '' } = process.env

export function register(api: PluginApi, modules: HostModules): void {
  const { plugin } = openClawChannel({ runtime: api.runtime, modules })
  let isBegun = false
  const startAccount = async (context: Parameters<typeof plugin.gateway.startAccount>[0]) => {
    if (!isBegun) void runSuite(api.runtime)
    isBegun = true
    await plugin.gateway.startAccount(context)
  }
  api.registerChannel({ plugin: { ...plugin, gateway: { ...plugin.gateway, startAccount } } })
}

async function runSuite(runtime: PluginRuntime): Promise<void> {
  const results: { name: string; error?: string; ms: number }[] = []
  for (const { name, needs, run } of hostContract) {
    if (needs === 'clock') continue
    const beganMs = performance.now()
    const error = await run(harness(runtime)).then(() => undefined, messageOf)
    results.push({ name, ms: Math.round(performance.now() - beganMs), ...(error !== undefined && { error }) })
    writeFileSync(`${resultsFile}.part`, JSON.stringify(results))
  }
  writeFileSync(resultsFile, JSON.stringify(results))
}

const harness = (runtime: PluginRuntime): HostHarness => ({
  injectsClock: false,
  start: async (options) => {
    await fetch(proxy, { method: 'PUT', body: JSON.stringify(options.model) })
    const lines: string[] = []
    const config = await checked(options)
    const accounts = new Accounts({
      runtime: ofOneCase(runtime, options.stateDir, lines),
      stateDir: options.stateDir,
      plugin: options.plugin,
    })
    const stop = new AbortController()
    const ids = Object.entries(Object(options.channelConfig).accounts)
    const running = ids
      .filter(([, account]) => Object(account).enabled !== false)
      .map(([id]) => accounts.run(id, config, stop.signal, { onStatus: () => {} }))
    await accounts.ready()
    return {
      approve: (code) => approve(code),
      logText: () => lines.join('\n'),
      stop: async () => {
        stop.abort()
        await Promise.all(running)
        await accounts.close()
      },
    }
  },
})

async function checked({ plugin, channelConfig }: HostStart): Promise<unknown> {
  const { issues, ...result } = await plugin.configSchema['~standard'].validate(channelConfig)
  if (issues === undefined && 'value' in result) return result.value
  throw new Error(issues?.map(({ path, message }) => `${path?.map(String).join('.')}: ${message}`).join())
}

/** Every case has accounts, people and groups of its own, since they all share the stores of one gateway. */
function ofOneCase(runtime: PluginRuntime, stateDir: string, lines: string[]): PluginRuntime {
  const suffix = createHash('sha256').update(stateDir).digest('hex').slice(0, 8)
  const { channel } = runtime
  const own = <Named extends { accountId: string }>(named: Named): Named => ({
    ...named,
    accountId: `${named.accountId}-${suffix}`,
  })
  const write = (message: string, meta: unknown) => void lines.push(`${message} ${JSON.stringify(meta)}`)
  return {
    ...runtime,
    logging: { getChildLogger: () => ({ debug: write, info: write, warn: write, error: write }) },
    channel: {
      ...channel,
      routing: {
        resolveAgentRoute: (question) => {
          const { kind, id } = question.peer
          return channel.routing.resolveAgentRoute({
            ...own(question),
            peer: { kind, id: `${id}-${suffix}` },
          })
        },
      },
      pairing: {
        readAllowFromStore: (of) => channel.pairing.readAllowFromStore(own(of)),
        upsertPairingRequest: (request) => channel.pairing.upsertPairingRequest(own(request)),
      },
      media: channel.media,
      inbound: channel.inbound,
    },
  }
}

/** As `openclaw pairing approve` does, which takes ten seconds to start. */
async function approve(code: string): Promise<void> {
  const dist = join(dirname(process.argv[1] ?? ''), 'dist')
  const modules = await Promise.all(globSync(join(dist, 'pairing-store-*.mjs')).map((file) => import(file)))
  const approveCode: unknown = modules
    .flatMap((module) => Object.values(module))
    .find((exported) => typeof exported === 'function' && exported.name === 'approveChannelPairingCode')
  if (typeof approveCode !== 'function') throw new Error('the host approves codes elsewhere')
  if (!(await approveCode({ channel: 'wechaty', code }))) {
    throw new MoltbotError('no-such-code', 'there is no such code')
  }
}
