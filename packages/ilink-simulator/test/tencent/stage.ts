// A simulator, Tencent's own client, and a host between them, with the client's fixed hosts led to the simulator.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlClient, startSimulator } from '../../src/index.ts'

export type Stage = Awaited<ReturnType<typeof openStage>>

/**
 * The client reads `OPENCLAW_STATE_DIR` when it is imported, and asks a fixed https host for QR codes: both are set
 * before the import. `askedHosts` collects the https hosts that it wanted.
 */
export async function openStage() {
  const folder = await mkdtemp(join(tmpdir(), 'ilink-simulator-'))
  process.env.OPENCLAW_STATE_DIR = folder
  const simulator = await startSimulator({ qrHoldMs: 200 })
  const { askedHosts, restore } = rewriteFetch(simulator.url)
  return {
    folder,
    simulator,
    control: controlClient(simulator.controlUrl),
    askedHosts,
    login: await import('@tencent-weixin/openclaw-weixin/dist/src/auth/login-qr.js'),
    accounts: await import('@tencent-weixin/openclaw-weixin/dist/src/auth/accounts.js'),
    plugin: (await import('@tencent-weixin/openclaw-weixin/dist/src/channel.js')).weixinPlugin,
    async close(): Promise<void> {
      restore()
      delete process.env.OPENCLAW_STATE_DIR // Other tests in this process start programs that read it.
      await simulator.close()
      await rm(folder, { recursive: true })
    },
  }
}

function rewriteFetch(url: string) {
  const askedHosts: string[] = []
  const realFetch = globalThis.fetch
  globalThis.fetch = (input, init) => {
    const asked = new URL(input instanceof Request ? input.url : input)
    if (asked.protocol !== 'https:') return realFetch(input, init)
    askedHosts.push(asked.host)
    return realFetch(`${url}${asked.pathname}${asked.search}`, init)
  }
  const restore = () => {
    globalThis.fetch = realFetch
  }
  return { askedHosts, restore }
}
