/**
 * The processes of a puppet: the child, which leads a process group of its own, and all that descend from it. Browsers
 * are started in groups of theirs, so a signal to the child's group alone would leave them behind.
 */

import { execFile } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly residentBytes: number
}

const listTimeoutMs = 5_000
/** Output of `ps`. */
const maxListBytes = 16 * 1024 * 1024
/** One second: a process that has been killed takes a moment to end. */
const maxRounds = 50
const roundMs = 20
const bytesPerKibibyte = 1_024
const memoryCheckMs = 3_000
/** Files of /proc that are read at a time; more would keep Node's few threads from everything else. */
const maxReads = 4

/** The leader, its group and its descendants, with their groups. Pure. */
export function processTree(leader: number, processes: readonly ProcessEntry[]): ProcessEntry[] {
  const pids = new Set([leader])
  const isMember = ({ pid, parent, group }: ProcessEntry) =>
    pids.has(pid) || pids.has(parent) || pids.has(group)
  for (let before = 0; before !== pids.size; ) {
    before = pids.size
    for (const entry of processes) if (isMember(entry)) pids.add(entry.pid)
  }
  return processes.filter(({ pid }) => pids.has(pid))
}

export interface MemoryObserver {
  /** @param bytes resident memory of the tree; a page that two processes share counts twice */
  onMeasured(bytes: number): void
  onFailure(error: unknown): void
}

/** Trees whose memory is measured, by their leader. */
const observers = new Map<number, MemoryObserver>()
let timer: NodeJS.Timeout | undefined

/**
 * Measures the memory of a tree every three seconds. One listing of the machine's processes serves all trees, and there is
 * none while no tree is watched.
 * @returns ends it
 */
export function watchMemory(leader: number, observer: MemoryObserver): () => void {
  observers.set(leader, observer)
  timer ??= setInterval(measureAll, memoryCheckMs).unref()
  return () => {
    if (observers.get(leader) === observer) observers.delete(leader)
    if (observers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

let isMeasuring = false

async function measureAll(): Promise<void> {
  // On a slow machine a listing may outlast its interval.
  if (isMeasuring) return
  isMeasuring = true
  try {
    const processes = await listProcesses()
    for (const [leader, observer] of observers) observer.onMeasured(bytesOf(leader, processes))
  } catch (error) {
    for (const observer of observers.values()) observer.onFailure(error)
  } finally {
    isMeasuring = false
  }
}

function bytesOf(leader: number, processes: readonly ProcessEntry[]): number {
  return processTree(leader, processes).reduce((sum, { residentBytes }) => sum + residentBytes, 0)
}

/** Kills the tree, the leader last. Where that is the calling process, this is its last act. */
export async function killTree(leader: number): Promise<void> {
  await killDescendants(leader)
  signal(-leader, 'SIGKILL')
}

/** Kills the tree but for its leader. Resolves when it has ended. */
export function killDescendants(leader: number): Promise<void> {
  return killAll(async () => {
    const tree = processTree(leader, await listProcesses().catch(() => []))
    return tree.map(({ pid }) => pid).filter((pid) => pid !== leader)
  })
}

/**
 * Kills every process with `mark` in its environment: what is left of a tree whose leader has ended, and so has no parent
 * any more. Resolves when it has ended. Linux only.
 */
export async function killMarked(mark: string): Promise<void> {
  if (process.platform !== 'linux') return
  await killAll(async () => {
    const pids: number[] = []
    await eachProcess(async (pid) => {
      if ((await readProc(pid, 'environ')).includes(mark)) pids.push(pid)
    })
    return pids
  })
}

/** What is started while the others are being killed is found in the next round. */
async function killAll(list: () => Promise<readonly number[]>): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    const pids = await list()
    if (pids.length === 0) return
    for (const pid of pids) signal(pid, 'SIGKILL')
    await pause(roundMs)
  }
}

/** Removes a folder of a tree that has been killed; a write that was under way may still come. */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: roundMs })
}

/** Does nothing when there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended already.
  }
}

/** The processes of this machine, by /proc, or `ps` where there is none. */
async function listProcesses(): Promise<ProcessEntry[]> {
  if (process.platform !== 'linux') return processesOfPs()
  const entries: ProcessEntry[] = []
  await eachProcess(async (pid) => {
    const entry = statusEntry(pid, await readProc(pid, 'status'))
    if (entry !== undefined) entries.push(entry)
  })
  return entries
}

async function eachProcess(work: (pid: number) => Promise<void>): Promise<void> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger).values()
  const inTurn = async () => {
    for (const pid of pids) await work(pid)
  }
  await Promise.all(Array.from({ length: maxReads }, inTurn))
}

/** Empty when the process has ended or belongs to another user. */
async function readProc(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
}

/** The fields are those of proc_pid_status(5). A process that has ended and waits for its parent is left out. */
function statusEntry(pid: number, status: string): ProcessEntry | undefined {
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
  if (status === '' || /^State:\s+Z/m.test(status)) return undefined
  const residentBytes = field('VmRSS') * bytesPerKibibyte
  return { pid, parent: field('PPid'), group: field('NSpgid'), residentBytes }
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
