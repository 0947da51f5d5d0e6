/**
 * A gateway, a backend and a model for `npm run media-stress`, and how a step is measured: peak of the gateway's resident
 * memory, of all files on the disk, and the time.
 */

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ModelReply, type ModelRequest, startModelServer } from '@moltbot/channel-sdk/testing'
import { fakeApiKey } from '../support/config.ts'
import { forgetPeak, peakMb, residentMb, round } from '../support/figures.ts'
import { GatewayHome } from '../support/gateway.ts'
import { scrape } from '../support/metrics.ts'
import { until } from '../support/process.ts'
import { startSimulatorProcess } from '../support/simulator-process.ts'

export const mib = 1024 * 1024
export const largestFile = 100 * mib
const maxDiskMb = 512
/** Heap of the gateway; files of running turns may take an eighth of it. */
const heapMb = 256
const answerTimeoutMs = 120_000
const sampleEveryMs = 20

export type Stage = Awaited<ReturnType<typeof openStage>>

/** What a step does, and what must hold of its figures. */
export interface Step {
  readonly name: string
  readonly run: (stage: Stage) => Promise<Readonly<Record<string, number>>>
  /** Most that the step may add to the gateway's resident memory, in MiB. */
  readonly addsMb: number
  /** @returns what is wrong, a sentence each */
  readonly check?: (figures: Readonly<Record<string, number>>) => string[]
}

export async function openStage() {
  const simulator = await startSimulatorProcess()
  const { control } = simulator
  let reply: (request: ModelRequest) => ModelReply | Promise<ModelReply> = () => 'ok'
  const model = await startModelServer({ reply: (request) => reply(request) })
  const home = new GatewayHome(
    {
      agents: { defaults: { model: { primary: 'fake/fake-1' } } },
      models: {
        providers: {
          fake: {
            baseUrl: model.baseUrl,
            apiKey: fakeApiKey,
            api: 'openai-completions',
            models: [{ id: 'fake-1', input: ['text', 'image'] }],
          },
        },
      },
      messages: { inbound: { debounceMs: 0, mediaWaitMs: 0 }, progressAfterMs: 0 },
      media: { maxDiskMb },
      channels: {
        wechat: {
          puppet: 'ilink',
          puppetOptions: simulator.puppetOptions,
          dmPolicy: 'open',
          mediaMaxMb: 100,
        },
      },
    },
    { NODE_OPTIONS: `--max-old-space-size=${heapMb}` },
  )
  const gateway = home.start()
  await gateway.line({ event: 'gateway.ready' }, answerTimeoutMs)
  const { url } = await gateway.line({ event: 'account.qr' }, answerTimeoutMs)
  const qrcode = new URL(String(url)).searchParams.get('qrcode') ?? ''
  await control.scan(qrcode)
  const { botId } = await control.confirm(qrcode, { userId: 'o9Owner@im.wechat' })
  await gateway.line({ event: 'account.state', state: 'online' }, answerTimeoutMs)

  /** Writes as one person each, and resolves with what all of them got together, when there is that much. */
  async function exchange(messages: readonly object[], answers = messages.length) {
    const [last] = (await control.sent({ botId })).slice(-1)
    await control.inboundBatch(messages.map((message) => ({ botId, ...message })))
    const look = async () => {
      const sent = await control.sent({ botId, ...(last && { after: last.seq }) })
      return sent.length >= answers ? sent : undefined
    }
    return until(look, gateway.stderr, answerTimeoutMs)
  }

  async function gauge(name: string): Promise<number> {
    const line = (await scrape(home, gateway)).split('\n').find((one) => one.startsWith(`${name} `))
    return Number(line?.split(' ')[1])
  }

  const stage = {
    folder: home.folder,
    workspace: join(home.stateDir, 'workspace'),
    control,
    botId,
    exchange,
    gauge,
    answer: (next: typeof reply) => {
      reply = next
    },
    async measure({ name, run, addsMb, check }: Step) {
      await exchange([{ text: 'warm up' }])
      const idleMb = residentMb(gateway.pid)
      forgetPeak(gateway.pid)
      const watch = watchDisk(home.stateDir)
      const startedMs = performance.now()
      const own = await run(stage)
      const seconds = round((performance.now() - startedMs) / 1_000)
      const diskPeakMb = await watch.end()
      const figures = {
        seconds,
        idleMb: round(idleMb),
        addedMb: round(peakMb(gateway.pid) - idleMb),
        diskPeakMb,
        ...own,
      }
      const problems = [
        ...(figures.addedMb > addsMb ? [`${name} added ${figures.addedMb} MB, more than ${addsMb}`] : []),
        ...(diskPeakMb > maxDiskMb ? [`files took ${diskPeakMb} MB, more than ${maxDiskMb}`] : []),
        ...(check?.(figures) ?? []),
      ]
      return { figures, problems }
    },
    async close() {
      await home.dispose()
      await Promise.all([simulator.close(), model.close()])
    },
  }
  return stage
}

/** The places where the gateway stores files of people and of the agent. */
const filePlaces = /[/\\](?:media|outgoing|turns|files)(?:[/\\]|$)/

/** Samples what all files take. */
function watchDisk(stateDir: string) {
  let isOver = false
  let peak = 0
  const watching = (async () => {
    while (!isOver) {
      peak = Math.max(peak, await bytesIn(stateDir))
      await new Promise((resolve) => setTimeout(resolve, sampleEveryMs))
    }
  })()
  return {
    /** @returns the peak in MiB */
    async end(): Promise<number> {
      isOver = true
      await watching
      return round(peak / mib)
    },
  }
}

async function bytesIn(stateDir: string): Promise<number> {
  const found = await readdir(stateDir, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = found.filter((file) => file.isFile() && filePlaces.test(file.parentPath))
  const sizes = await Promise.all(
    files.map(({ parentPath, name }) =>
      stat(join(parentPath, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
