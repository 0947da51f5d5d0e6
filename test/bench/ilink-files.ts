/**
 * A file of 20 MiB in both directions: from a message at the backend to the plain file on this disk, from the call to the
 * sent message, and what either adds to resident memory at its peak. Figures are for people: nothing asserts them.
 */

import { randomBytes } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FileBox } from 'file-box'
import { PuppetILink } from 'wechaty-puppet-ilink'
import { forgetPeak, median, peakMb, printFigures, residentMb, round } from '../support/figures.ts'
import { startSimulatorProcess } from '../support/simulator-process.ts'

const bytes = 20 * 1024 * 1024
const smallBytes = 256 * 1024
const pieceBytes = 64 * 1024
const runs = 9
const settleMs = 3_000
const restMs = 300

const simulator = await startSimulatorProcess()
const folder = await mkdtemp(join(tmpdir(), 'bench-ilink-files-'))
const { botId, token, userId } = await simulator.control.account()
const stateDir = join(folder, 'state')
const puppet = new PuppetILink({ ...simulator.puppetOptions, token, stateDir })
try {
  await simulator.control.settings({ quota: 100_000 })
  await puppet.start()
  for (const size of [smallBytes, bytes]) await makeFile(size)
  await receive(smallBytes)
  await send(smallBytes)
  await sleep(settleMs)
  const idleMb = residentMb()
  const received = await series(receive)
  const sent = await series(send)
  printFigures('ilink-files', {
    mebibytes: bytes / 1024 / 1024,
    runs,
    receivedMs: received.ms,
    sentMs: sent.ms,
    idleMb: round(idleMb),
    receivingAddsMb: round(received.peakMb - idleMb),
    sendingAddsMb: round(sent.peakMb - idleMb),
  })
} finally {
  await puppet.stop()
  await simulator.close()
  await rm(folder, { recursive: true })
}

/** The first run warms up and does not count. */
async function series(transfer: (size: number) => Promise<number>) {
  await transfer(bytes)
  await sleep(restMs)
  forgetPeak()
  const times: number[] = []
  for (let n = 0; n < runs; n++) {
    times.push(await transfer(bytes))
    await sleep(restMs)
  }
  const ms = { median: round(median(times)), min: round(Math.min(...times)), max: round(Math.max(...times)) }
  return { ms, peakMb: peakMb() }
}

/** Milliseconds from just before the message is handed to the backend until its file is stored. */
async function receive(size: number): Promise<number> {
  const item = await simulator.control.media({ kind: 'file', name: 'film.bin', size })
  const arrived = new Promise<string>((resolve) => {
    puppet.once('message', ({ messageId }) => resolve(messageId))
  })
  const startedMs = performance.now()
  await simulator.control.inbound({ botId, item })
  await puppet.messageFile(await arrived)
  return performance.now() - startedMs
}

/** Milliseconds from the call until the backend has taken the message. */
async function send(size: number): Promise<number> {
  const startedMs = performance.now()
  await puppet.messageSendFile(userId, FileBox.fromFile(pathOf(size)))
  return performance.now() - startedMs
}

function pathOf(size: number): string {
  return join(folder, `${size}.bin`)
}

/** In pieces: the whole of it would stay in this process's memory and count as the transfer's. */
async function makeFile(size: number): Promise<void> {
  const file = await open(pathOf(size), 'w')
  const piece = randomBytes(pieceBytes)
  for (let written = 0; written < size; written += pieceBytes) await file.write(piece)
  await file.close()
}
