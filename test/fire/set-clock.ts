/**
 * Loaded before the gateway (`--import`): on SIGUSR2, and at its start, its clock is set by as many milliseconds as the file
 * `clock` in its home says. Only what the time is changes; timers run on, as they do when a real clock is set.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const RealDate = Date
const file = join(process.env.HOME ?? '', 'clock')
let offsetMs = 0

function readOffset(): void {
  try {
    offsetMs = Number(readFileSync(file, 'utf8'))
  } catch {
    offsetMs = 0 // It was not set yet.
  }
}

class SetDate extends RealDate {
  constructor(...args: readonly unknown[]) {
    super(...((args.length === 0 ? [SetDate.now()] : args) as [number]))
  }

  static override now(): number {
    return RealDate.now() + offsetMs
  }
}

readOffset()
globalThis.Date = SetDate as DateConstructor
process.on('SIGUSR2', () => {
  readOffset()
  console.log(JSON.stringify({ event: 'test.clock-set', offsetMs }))
})
