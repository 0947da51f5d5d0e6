/**
 * `npm run bench:accounts`: 500 idle iLink accounts in one gateway. Measures the time until they are online, the resident
 * memory of the process, its CPU use while idle, and the time of an answer.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { startModelServer } from '@moltbot/channel-sdk/testing'
import { cpuMsOf, median, printFigures, residentMb, round } from '../support/figures.ts'
import { GatewayHome, type RunningGateway } from '../support/gateway.ts'
import { until } from '../support/process.ts'
import { startSimulatorProcess } from '../support/simulator-process.ts'

const accounts = 500
const settleMs = 10_000
/** The long poll time of the simulator: each account ends one poll in it and begins the next. */
const idleMs = 35_000
const turns = 20
const patienceMs = 300_000

const simulator = await startSimulatorProcess()
const model = await startModelServer({ reply: () => 'fine' })
try {
  const few = await measure(1)
  const many = await measure(accounts)
  printFigures('gateway-accounts', {
    accounts,
    onlineSeconds: many.onlineSeconds,
    residentMb: many.residentMb,
    residentMbWithOne: few.residentMb,
    mbPerFurtherAccount: round((many.residentMb - few.residentMb) / (accounts - 1)),
    idleSeconds: idleMs / 1_000,
    idleCpuPercentOfOneCore: many.idleCpuPercent,
    replyMs: many.replyMs,
  })
} finally {
  await Promise.all([simulator.close(), model.close()])
}

async function measure(count: number) {
  const tokens = await Promise.all(Array.from({ length: count }, () => simulator.control.account()))
  const home = new GatewayHome({
    agents: { defaults: { model: { primary: 'fake/fake-1' } } },
    models: {
      providers: {
        fake: {
          baseUrl: model.baseUrl,
          apiKey: 'sk-x',
          api: 'openai-completions',
          models: [{ id: 'fake-1' }],
        },
      },
    },
    messages: { inbound: { debounceMs: 0, mediaWaitMs: 0 } },
    channels: {
      wechat: {
        puppet: 'ilink',
        dmPolicy: 'open',
        accounts: Object.fromEntries(
          tokens.map(({ token }, n) => [`n${n}`, { puppetOptions: { ...simulator.puppetOptions, token } }]),
        ),
      },
    },
  })
  try {
    const startedMs = performance.now()
    const gateway = home.start()
    await until(() => (online(gateway) >= count ? true : undefined), gateway.stderr, patienceMs)
    const onlineSeconds = round((performance.now() - startedMs) / 1_000)
    await sleep(settleMs)
    const resident = round(residentMb(gateway.pid))
    const idleCpuPercent = await idleCpuOf(gateway)
    const [first] = tokens
    const replyMs = first && round(median(await replies(first.botId)))
    await gateway.stop()
    return { onlineSeconds, residentMb: resident, idleCpuPercent, replyMs }
  } finally {
    await home.dispose()
  }
}

function online(gateway: RunningGateway): number {
  return gateway.lines().filter(({ event, state }) => event === 'account.state' && state === 'online').length
}

async function idleCpuOf({ pid }: RunningGateway): Promise<number> {
  const before = cpuMsOf(pid)
  await sleep(idleMs)
  return round(((cpuMsOf(pid) - before) / idleMs) * 100)
}

/** Milliseconds from a message to its answer, by the backend's clock. */
async function replies(botId: string): Promise<number[]> {
  const took: number[] = []
  for (let n = 0; n < turns; n++) {
    const after = (await simulator.control.sent({ botId })).at(-1)?.seq ?? 0
    const startedMs = Date.now()
    await simulator.control.inbound({ botId, text: `ping ${n}` })
    const reply = await until(async () => (await simulator.control.sent({ botId, after }))[0])
    took.push(reply.atMs - startedMs)
  }
  return took
}
