/**
 * What benches print: one JSON line each, with what it takes to compare it with another day's.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'

const kibibytesPerMebibyte = 1_024

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

/** To two decimals. */
export function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** MiB of this process that are resident. */
export function residentMb(): number {
  return statusMb('VmRSS')
}

/** The most MiB that were resident since `forgetPeak`. Linux only, as is `forgetPeak`. */
export function peakMb(): number {
  return statusMb('VmHWM')
}

export function forgetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5')
}

function statusMb(field: string): number {
  const line = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))
  return Number(line?.[1]) / kibibytesPerMebibyte
}
