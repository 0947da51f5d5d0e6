/**
 * A file of 20 MiB in both directions: the time from a message at the backend to the decrypted file on disk, the time from
 * the call to the sent message, and the peak of added resident memory. The figures are informative only.
 */

import '../support/quiet.ts'

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PuppetILink } from 'wechaty-puppet-ilink'
import { forgetPeak, median, peakMb, printFigures, residentMb, round } from '../support/figures.ts'
import { startSimulatorProcess } from '../support/simulator-process.ts'

const bytes = 20 * 1024 * 1024
const smallBytes = 256 * 1024
const runs = 9
const settleMs = 3_000
const restMs = 300

const simulator = await startSimulatorProcess()
const folder = await mkdtemp(join(tmpdir(), 'bench-ilink-files-'))
const { botId, token, userId } = await simulator.control.account()
const puppet = new PuppetILink({ ...simulator.puppetOptions, token, stateDir: folder })
try {
  await simulator.control.settings({ quota: 100_000 })
  await puppet.start()
  await send((await receive(smallBytes)).file)
  await sleep(settleMs)
  const idleMb = residentMb()
  forgetPeak()
  const { file } = await receive(bytes)
  const firstPeakMb = peakMb()
  const receivedMs = await series(async () => (await receive(bytes)).ms)
  const sentMs = await series(() => send(file))
  printFigures('ilink-files', {
    mebibytes: bytes / 1024 / 1024,
    runs,
    receivedMs,
    sentMs,
    idleMb: round(idleMb),
    firstFileAddsMb: round(firstPeakMb - idleMb),
    allFilesAddMb: round(peakMb() - idleMb),
  })
} finally {
  await puppet.stop()
  await simulator.close()
  await rm(folder, { recursive: true })
}

/** Times in milliseconds. The first transfer is a warm-up and is not measured. */
async function series(transfer: () => Promise<number>) {
  await transfer()
  const times: number[] = []
  for (let n = 0; n < runs; n++) {
    await sleep(restMs)
    times.push(await transfer())
  }
  return { median: round(median(times)), min: round(Math.min(...times)), max: round(Math.max(...times)) }
}

/** Milliseconds from just before the backend gets the message until its file is stored. */
async function receive(size: number) {
  const item = await simulator.control.media({ kind: 'file', name: 'film.bin', size })
  const arrived = new Promise<string>((resolve) => {
    puppet.once('message', ({ messageId }) => resolve(messageId))
  })
  const startedMs = performance.now()
  await simulator.control.inbound({ botId, item })
  const file = await puppet.messageFile(await arrived)
  return { file, ms: performance.now() - startedMs }
}

/** Milliseconds from the call until the backend has accepted the message. */
async function send(file: Awaited<ReturnType<typeof puppet.messageFile>>): Promise<number> {
  const startedMs = performance.now()
  await puppet.messageSendFile(userId, file)
  return performance.now() - startedMs
}
