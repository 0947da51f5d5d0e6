/**
 * The processes of one gateway, from the process table. Linux only.
 */

import { readdirSync, readFileSync } from 'node:fs'

export interface OwnProcess {
  readonly pid: number
  readonly command: string
}

/**
 * What runs with `mark`, such as a temporary folder of its own, in its environment or on its command line, and what
 * descends from that. Processes that have ended and wait for their parent are left out.
 */
export function processesWith(mark: string): OwnProcess[] {
  const all = readdirSync('/proc').map(Number).filter(Number.isInteger).filter(isAlive).map(look)
  const found = new Set(all.filter((one) => `${one.command}${one.environment}`.includes(mark)))
  for (let before = 0; before !== found.size; ) {
    before = found.size
    const pids = new Set([...found].map(({ pid }) => pid))
    for (const one of all) if (pids.has(one.parent)) found.add(one)
  }
  return [...found].map(({ pid, command }) => ({ pid, command }))
}

function look(pid: number) {
  const parent = Number(/^PPid:\s+(\d+)/m.exec(read(pid, 'status'))?.[1])
  return { pid, parent, command: read(pid, 'cmdline'), environment: read(pid, 'environ') }
}

export function isAlive(pid: number): boolean {
  return /^State:\s+[^ZX]/m.test(read(pid, 'status'))
}

/** Empty when it has ended or belongs to another user. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
