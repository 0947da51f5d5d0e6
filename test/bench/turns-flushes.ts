/**
 * Disk flushes of a gateway by file name, as `strace` sees them: SQLite's own too, which no wrapper in JavaScript sees.
 */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { round } from '../support/figures.ts'

export type Flushes = Readonly<Record<string, number>>

/** `-D` leaves the traced process the child of who starts it; `--seccomp-bpf` stops it at flushes only. */
const strace = ['strace', '-D', '-f', '--seccomp-bpf', '-y', '-e', 'trace=fsync,fdatasync', '-o']
/** `123 fdatasync(21</path/to/file>`, also where the call goes on in a later line. */
const flushLine = /^\d+ +f(?:data)?sync\(\d+<([^>]*)>/gm

export function canTrace(): boolean {
  const [command = '', ...args] = [...strace, '/dev/null', 'true']
  return spawnSync(command, args).status === 0
}

/** The command that starts a process under a trace which is written to `file`. */
export function traceTo(file: string): string[] {
  return [...strace, file]
}

export function tracedFlushes(file: string): Flushes {
  const counts: Record<string, number> = {}
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(flushLine)) {
    const name = basename(path)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** What was added since `before`, by turn, the most first, and all files together. */
export function flushesPerTurn(before: Flushes, after: Flushes, turns: number) {
  const added = Object.entries(after).map(([name, count]): [string, number] => [
    name,
    count - (before[name] ?? 0),
  ])
  const byFile = added
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]): [string, number] => [name, round(count / turns)])
  const all = added.reduce((sum, [, count]) => sum + count, 0)
  return { all: round(all / turns), ...Object.fromEntries(byFile) }
}
