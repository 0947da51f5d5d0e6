/**
 * `gateway.json`: where the running gateway of a state directory can be reached. A note for people and for the CLI;
 * who owns the directory is the lock's to say, since a killed gateway leaves this file behind.
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readFileIfThere, writeFileAtomic } from './atomic-file.ts'

const gatewayInfo = z.object({
  pid: z.int().positive(),
  /** Of the control plane, e.g. `http://127.0.0.1:18789`. */
  url: z.url(),
  /** ISO 8601. */
  startedAt: z.string(),
  version: z.string(),
})

export type GatewayInfo = z.infer<typeof gatewayInfo>

const gatewayFile = (stateDir: string) => join(stateDir, 'gateway.json')

export function writeGatewayFile(stateDir: string, info: GatewayInfo): void {
  writeFileAtomic(gatewayFile(stateDir), `${JSON.stringify(info)}\n`)
}

export function removeGatewayFile(stateDir: string): void {
  rmSync(gatewayFile(stateDir), { force: true })
}

/** What the last gateway wrote, undefined where there is nothing usable. It may be gone already. */
export function readGatewayFile(stateDir: string): GatewayInfo | undefined {
  const text = readFileIfThere(gatewayFile(stateDir))
  if (text === undefined) return undefined
  try {
    return gatewayInfo.safeParse(JSON.parse(text)).data
  } catch {
    return undefined // Not JSON: it is a note only, and the next start writes a new one.
  }
}
