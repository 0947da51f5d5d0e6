/**
 * Opens documents and pictures of strangers in a process of their own, which is killed at its limits: a hostile file
 * costs its own content and nothing else.
 */

import { fork } from 'node:child_process'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import pLimit from 'p-limit'
import { z } from 'zod'
import type { ChildLimits, FileJob, FileOrder, FileResult } from './child/job.ts'

/** Enough for 40 million pixels, twice. */
const defaultLimits: ChildLimits = { timeoutMs: 20_000, memoryBytes: 640 * 1024 * 1024 }
/** Processes at once. */
const atOnce = pLimit(2)
const maxHeapMb = 256

const resultSchema = z.union([
  z.object({ text: z.string(), cut: z.boolean() }),
  z.object({ bytes: z.instanceof(Uint8Array) }),
  z.object({ why: z.string() }),
])

/** What the process imports. */
const libraries = ['@hyzyla/pdfium', '@silvia-odwyer/photon-node', 'fflate', 'saxes']

/**
 * @param signal ends the process: nobody waits for the file any more
 * @throws when no process can be started
 */
export function openInChild(job: FileJob, signal: AbortSignal, limits = defaultLimits): Promise<FileResult> {
  return atOnce(() => run({ job, limits }, signal))
}

function run(order: FileOrder, signal: AbortSignal): Promise<FileResult> {
  const { promise, resolve } = Promise.withResolvers<FileResult>()
  const main = join(import.meta.dirname, 'child', `main${extname(import.meta.filename)}`)
  const child = fork(main, [], {
    execArgv: sandboxFlags(order.job.path),
    env: bareEnvironment(),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    timeout: order.limits.timeoutMs,
    killSignal: 'SIGKILL',
    signal,
  })
  child.once('message', (message) => {
    resolve(resultSchema.safeParse(message).data ?? { why: 'it could not be read' })
    child.kill('SIGKILL')
  })
  child.once('error', () => resolve({ why: 'it could not be read' }))
  // Not at its exit, which may be known before its last message.
  child.once('disconnect', () => resolve({ why: 'reading it takes too much time or memory' }))
  child.send(order, () => undefined) // A child that cannot hear it exits.
  return promise
}

/** Nothing of the gateway's. Windows starts no program without this one. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const { SystemRoot } = process.env
  return SystemRoot === undefined ? {} : { SystemRoot }
}

/** Node's own, for a process that may read one file and its own code. */
export function sandboxFlags(path: string): string[] {
  const readable = new Set([join(import.meta.dirname, 'child'), ...libraries.map(modulesWith), path])
  return [
    `--max-old-space-size=${maxHeapMb}`,
    '--permission',
    '--allow-worker',
    ...Array.from(readable, (one) => `--allow-fs-read=${one}`),
  ]
}

/** The outermost `node_modules` on the way to a library: what it imports may be anywhere in there. */
function modulesWith(library: string): string {
  const entry = fileURLToPath(import.meta.resolve(library))
  const modules = `${sep}node_modules${sep}`
  return entry.slice(0, entry.indexOf(modules) + modules.length)
}
