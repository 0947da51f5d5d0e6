/**
 * The processes that belong to one gateway, as the process table shows them. Linux only.
 */

import { readdirSync, readFileSync } from 'node:fs'

export interface OwnProcess {
  readonly pid: number
  readonly command: string
}

/**
 * What runs with `mark`, such as a temporary folder of its own, in its environment or on its command line. Processes that
 * have ended and wait for their parent are left out.
 */
export function processesWith(mark: string): OwnProcess[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && isAlive(pid))
    .map((pid) => ({ pid, command: read(pid, 'cmdline'), environment: read(pid, 'environ') }))
    .filter(({ command, environment }) => `${command}${environment}`.includes(mark))
}

export function isAlive(pid: number): boolean {
  return /^State:\s+[^ZX]/m.test(read(pid, 'status'))
}

/** Empty when it has ended or belongs to somebody else. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
