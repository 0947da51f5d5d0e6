/**
 * The processes of a puppet: the child, which leads a process group of its own, and all that descend from it. Browsers
 * are started in groups of theirs, so a signal to the child's group alone would leave them behind.
 */

import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly residentBytes: number
}

const listTimeoutMs = 5_000
/** Of `ps`. */
const maxListBytes = 16 * 1024 * 1024
/** What is started while the others are being ended is found in the next round. */
const maxRounds = 5
const bytesPerKibibyte = 1_024

/** The leader, its group and its descendants, with their groups. Pure. */
export function familyOf(leader: number, processes: readonly ProcessEntry[]): ProcessEntry[] {
  const pids = new Set([leader])
  const isMember = ({ pid, parent, group }: ProcessEntry) =>
    pids.has(pid) || pids.has(parent) || pids.has(group)
  for (let before = 0; before !== pids.size; ) {
    before = pids.size
    for (const entry of processes) if (isMember(entry)) pids.add(entry.pid)
  }
  return processes.filter(({ pid }) => pids.has(pid))
}

/** Resident memory of the family, bytes; a page that two of them share counts twice. */
export async function familyBytes(leader: number): Promise<number> {
  const family = familyOf(leader, await listProcesses())
  return family.reduce((sum, { residentBytes }) => sum + residentBytes, 0)
}

/** Kills the family, the leader last. Where that is the calling process, this is its last act. */
export async function endFamily(leader: number): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    const family = familyOf(leader, await listProcesses().catch(() => []))
    const others = family.filter(({ pid }) => pid !== leader)
    if (others.length === 0) break
    for (const { pid } of others) signal(pid, 'SIGKILL')
  }
  signal(-leader, 'SIGKILL')
}

/**
 * Kills what bears `mark` in its environment: what was left by a leader that is gone, and so is nobody's child any more.
 * Linux only.
 */
export function endMarked(mark: string): void {
  if (process.platform !== 'linux') return
  for (const pid of pidsInProc()) if (readProc(pid, 'environ').includes(mark)) signal(pid, 'SIGKILL')
}

/** Does nothing when there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended already.
  }
}

async function listProcesses(): Promise<ProcessEntry[]> {
  return process.platform === 'linux' ? pidsInProc().flatMap(statusEntry) : processesOfPs()
}

function pidsInProc(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}

/** Empty when the process has ended or belongs to somebody else. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

/** The fields are those of proc_pid_status(5). A process that has ended and waits for its parent is left out. */
function statusEntry(pid: number): ProcessEntry[] {
  const status = readProc(pid, 'status')
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
  if (status === '' || /^State:\s+Z/m.test(status)) return []
  const residentBytes = field('VmRSS') * bytesPerKibibyte
  return [{ pid, parent: field('PPid'), group: field('NSpgid'), residentBytes }]
}

function processesOfPs(): Promise<ProcessEntry[]> {
  const { promise, resolve, reject } = Promise.withResolvers<ProcessEntry[]>()
  const options = { timeout: listTimeoutMs, maxBuffer: maxListBytes }
  execFile('ps', ['-A', '-o', 'pid=,ppid=,pgid=,rss='], options, (error, stdout) => {
    if (error === null) resolve(stdout.split('\n').flatMap(psEntry))
    else reject(error)
  })
  return promise
}

function psEntry(line: string): ProcessEntry[] {
  const [pid, parent, group, kibibytes] = line.trim().split(/\s+/).map(Number)
  if (!pid || parent === undefined || group === undefined || kibibytes === undefined) return []
  return [{ pid, parent, group, residentBytes: kibibytes * bytesPerKibibyte }]
}
