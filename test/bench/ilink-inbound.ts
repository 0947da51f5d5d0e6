/**
 * How many messages one account receives per second. Each is stored durably, delivered, read and acknowledged. They are
 * queued at the backend when the account starts, so they arrive in full batches. The figures are informative only.
 */

import '../support/quiet.ts'

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PuppetILink } from 'wechaty-puppet-ilink'
import { median, printFigures, round } from '../support/figures.ts'
import { startSimulatorProcess } from '../support/simulator-process.ts'

const runs = 5
const messages = 10_000
const warmUpMessages = 1_000

const simulator = await startSimulatorProcess()
const folder = await mkdtemp(join(tmpdir(), 'bench-ilink-inbound-'))
try {
  await run(warmUpMessages)
  const figures = []
  for (let n = 0; n < runs; n++) figures.push(await run(messages))
  printFigures('ilink-inbound', {
    messages,
    runs,
    messagesPerSecond: Math.round(median(figures.map(({ seconds }) => messages / seconds))),
    messagesPerCpuSecond: Math.round(median(figures.map(({ cpuSeconds }) => messages / cpuSeconds))),
    microsecondsPerMessage: round(median(figures.map(({ seconds }) => (seconds * 1e6) / messages))),
  })
} finally {
  await simulator.close()
  await rm(folder, { recursive: true })
}

/** Seconds from login until the last of `count` messages was read. CPU time includes all threads of this process. */
async function run(count: number): Promise<{ seconds: number; cpuSeconds: number }> {
  const { botId, token } = await simulator.control.account()
  const batch = Array.from({ length: count }, (_, n) => ({
    botId,
    text: `message ${n} of a person who writes`,
  }))
  await simulator.control.inboundBatch(batch)
  const stateDir = await mkdtemp(join(folder, 'account-'))
  const puppet = new PuppetILink({ ...simulator.puppetOptions, token, stateDir, acknowledge: 'manual' })
  const taken = takeAll(puppet, count)
  let startedMs = 0
  let cpuBefore = process.cpuUsage()
  puppet.on('login', () => {
    startedMs = performance.now()
    cpuBefore = process.cpuUsage()
  })
  await puppet.start()
  await taken
  const seconds = (performance.now() - startedMs) / 1_000
  const { user, system } = process.cpuUsage(cpuBefore)
  await puppet.stop()
  return { seconds, cpuSeconds: (user + system) / 1e6 }
}

/** Reads and acknowledges each message, as a consumer does. */
function takeAll(puppet: PuppetILink, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let taken = 0
    puppet.on('message', ({ messageId }) => {
      puppet
        .messagePayload(messageId)
        .then(() => {
          puppet.ack(messageId)
          taken += 1
          if (taken === count) resolve()
        })
        .catch(reject)
    })
  })
}
