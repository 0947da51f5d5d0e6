/**
 * A disk that changes a byte: in the log of a database, where it is put right, and in a database itself, where what is
 * lost is reported.
 */

import assert from 'node:assert/strict'
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Scene } from '../scene.ts'
import type { Stage } from '../stage.ts'

const logHeaderBytes = 32
const frameBytes = 24 + 4_096

function flip(file: string, at: number): void {
  const fd = openSync(file, 'r+')
  const byte = Buffer.alloc(1)
  readSync(fd, byte, 0, 1, at)
  writeSync(fd, Buffer.of(byte.readUInt8() ^ (1 << (at % 8))), 0, 1, at)
  closeSync(fd)
}

const randomBelow = (limit: number) => Math.floor(Math.random() * limit)
const databasesOf = ({ home }: Stage) => [
  join(home.stateDir, 'wechat', 'wechat.sqlite'),
  join(home.stateDir, 'gateway.sqlite'),
]

/** Bytes of a log that its disk has confirmed, by the note beside it; 0 where it is not of this log. */
function confirmedBytes(database: string): number {
  const [log, note] = [`${database}-wal`, `${database}-guard`].map((file) =>
    existsSync(file) ? readFileSync(file) : Buffer.alloc(0),
  )
  const isOfLog = note?.subarray(8, 8 + logHeaderBytes).equals(log?.subarray(0, logHeaderBytes) ?? note)
  return isOfLog === true ? logHeaderBytes + (note?.readUInt32BE(0) ?? 0) * frameBytes : 0
}

/** @returns how many logs it is in */
function flipInLogs(stage: Stage, placeIn: (bytes: number) => number): number {
  const logs = databasesOf(stage).map((file) => ({ file: `${file}-wal`, bytes: confirmedBytes(file) }))
  const confirmed = logs.filter(({ bytes }) => bytes > 0)
  for (const { file, bytes } of confirmed) flip(file, placeIn(bytes))
  return confirmed.length
}

const placesInLog: readonly ((bytes: number) => number)[] = [
  (bytes) => bytes - 1,
  (bytes) =>
    logHeaderBytes + randomBelow((bytes - logHeaderBytes) / frameBytes) * frameBytes + randomBelow(24),
  () => randomBelow(logHeaderBytes),
  randomBelow,
]

/** The process is killed, and then a byte of each log changes. */
async function flipAfterKill(stage: Stage, placeIn: (bytes: number) => number): Promise<void> {
  await stage.isAnswering()
  await stage.kill()
  const flipped = flipInLogs(stage, placeIn)
  assert(flipped > 0)
  stage.model.release()
  await stage.start()
  const mended = stage.gateway.lines().filter(({ event }) => event === 'state.mended')
  assert.equal(mended.length, flipped)
}

/** A byte of each log changes while it is in use; a stop copies it into the database. */
async function flipWhileRunning(stage: Stage, placeIn: (bytes: number) => number): Promise<void> {
  await stage.say()
  await stage.allAnswered()
  assert(flipInLogs(stage, placeIn) > 0)
  await stage.isAnswering()
  await stage.gateway.stop()
  for (const file of databasesOf(stage)) assert(!existsSync(`${file}.suspect`), file)
  stage.model.release()
  await stage.start()
}

export const logByte: Scene = {
  name: 'log-byte',
  seconds: { test: 0, hand: 60 },
  async run(stage, failureMs) {
    const endMs = performance.now() + failureMs
    let flipped = 0
    do {
      const placeIn = placesInLog[flipped % placesInLog.length] ?? randomBelow
      await flipAfterKill(stage, placeIn)
      await stage.allAnswered()
      await flipWhileRunning(stage, placeIn)
      await stage.allAnswered()
      flipped++
    } while (performance.now() < endMs)
    return { flippedIn: flipped * 2 }
  },
}

const events: ReadonlySet<unknown> = new Set(['state.corrupt', 'state.damaged', 'store.set-aside'])
const said = (stage: Stage) =>
  stage.gateway.lines().find(({ event, code }) => events.has(event) || code === 'database-damaged')

/** How long an answer may take before the log is read. */
const answerMs = 20_000

/** @returns what became of what was owed */
async function afterStart(stage: Stage): Promise<string> {
  if (said(stage)?.outcome === 'replaced') stage.giveUpLatest()
  try {
    await stage.allAnswered(answerMs)
    return said(stage) === undefined ? 'answered' : 'reported at the start'
  } catch (error) {
    if (said(stage) === undefined) throw error
  }
  stage.giveUpLatest()
  await stage.gateway.stop()
  await stage.start()
  return 'reported, and restarted'
}

export const databaseByte: Scene = {
  name: 'database-byte',
  seconds: { test: 0, hand: 90 },
  async run(stage, failureMs) {
    const endMs = performance.now() + failureMs
    const seen: Record<string, number> = {}
    // The first byte of the tables' directory; then any.
    for (let at: number | undefined = 100, n = 0; at !== undefined; n++) {
      const file = databasesOf(stage)[n % 2] ?? ''
      const isRunning = n % 4 > 1
      await stage.isAnswering()
      if (isRunning) flip(file, at)
      await stage.gateway.stop()
      if (!isRunning) flip(file, at)
      stage.model.release()
      await stage.start()
      const outcome = await afterStart(stage)
      seen[outcome] = (seen[outcome] ?? 0) + 1
      await stage.say()
      await stage.allAnswered()
      at =
        performance.now() < endMs
          ? randomBelow(statSync(databasesOf(stage)[(n + 1) % 2] ?? '').size)
          : undefined
    }
    return seen
  },
}
