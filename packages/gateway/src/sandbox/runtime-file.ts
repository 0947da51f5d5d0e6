/**
 * `sandbox.json`: how `sandbox say` finds the simulated WeChat of the running sandbox, and whom it plays there.
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { MoltbotError } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { english } from '../language/speech.ts'
import { readFileIfThere, writeFileAtomic } from '../state/atomic-file.ts'
import { runtimeFileName, sandboxDir, sandboxOf } from '../state/state-dir.ts'

const runtimeSchema = z.object({
  pid: z.number(),
  controlUrl: z.url(),
  /** The bot, and the simulated person who scanned its QR code; not there before they did. */
  login: z.object({ botId: z.string(), userId: z.string() }).optional(),
})

export type SandboxRuntime = z.infer<typeof runtimeSchema>

const runtimeFile = (stateDir: string) => join(sandboxDir(stateDir), runtimeFileName)

export function writeRuntime(stateDir: string, runtime: SandboxRuntime): void {
  writeFileAtomic(runtimeFile(stateDir), JSON.stringify(runtime))
}

export function removeRuntime(stateDir: string): void {
  rmSync(runtimeFile(stateDir), { force: true })
}

/** @throws `sandbox-unreachable`, saying how to start one. */
export function readRuntime(stateDir: string): SandboxRuntime {
  const text = readFileIfThere(join(sandboxOf(stateDir), runtimeFileName))
  const runtime = text === undefined ? undefined : parse(text)
  if (runtime === undefined) throw noSandbox()
  return runtime
}

/** Undefined for a damaged one: it is a note only, and the next sandbox writes a new one. */
function parse(text: string): SandboxRuntime | undefined {
  try {
    return runtimeSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

export function noSandbox(cause?: unknown): MoltbotError {
  const message = english(
    'no sandbox is running; start one in another terminal: moltbot gateway run --sandbox',
  )
  return new MoltbotError('sandbox-unreachable', message, { cause })
}
