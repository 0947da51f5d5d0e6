/**
 * The output of benchmarks: one JSON line each, with the facts that make results comparable.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'

const kibibytesPerMebibyte = 1_024
/** Unit of the times in /proc, the same on every Linux that Node supports. */
const ticksPerSecond = 100

export function printFigures(bench: string, figures: object): void {
  const load = round(loadavg()[0] ?? 0)
  console.log(
    JSON.stringify({ bench, cores: availableParallelism(), load, node: process.version, ...figures }),
  )
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** Rounds to two decimals. */
export function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** Resident memory of a process in MiB. Default: this process. */
export function residentMb(pid: number | 'self' = 'self'): number {
  return statusMb('VmRSS', pid)
}

/** Peak of the resident memory in MiB since `forgetPeak`. Linux only, like `forgetPeak`. Default: of this process. */
export function peakMb(pid: number | 'self' = 'self'): number {
  return statusMb('VmHWM', pid)
}

export function forgetPeak(pid: number | 'self' = 'self'): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** Milliseconds that a process has spent on a core so far, in steps of ten. Linux only. */
export function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ticksToMs(Number(fields[11]) + Number(fields[12]))
}

/** Of a time in /proc. */
export function ticksToMs(ticks: number): number {
  return (ticks * 1_000) / ticksPerSecond
}

function statusMb(field: string, pid: number | 'self'): number {
  const line = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1]) / kibibytesPerMebibyte
}
