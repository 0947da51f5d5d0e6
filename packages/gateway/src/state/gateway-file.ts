/**
 * `gateway.json`: where the running gateway of a state directory can be reached. A note for people and for the CLI;
 * who owns the directory is the lock's to say, since a killed gateway leaves this file behind. It is checked by hand: the
 * schema library would take longer to load than most commands take.
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { readFileIfThere, writeFileAtomic } from './atomic-file.ts'

export interface GatewayInfo {
  readonly pid: number
  /** Address of the control plane, e.g. `http://127.0.0.1:18789`. */
  readonly url: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly version: string
}

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
    const info: unknown = JSON.parse(text)
    return isGatewayInfo(info) ? info : undefined
  } catch {
    return undefined // Not JSON: it is a note only, and the next start writes a new one.
  }
}

function isGatewayInfo(value: unknown): value is GatewayInfo {
  if (typeof value !== 'object' || value === null) return false
  const { pid, url, startedAt, version }: Partial<Record<keyof GatewayInfo, unknown>> = value
  const texts = [url, startedAt, version]
  return Number.isInteger(pid) && Number(pid) > 0 && texts.every(isText) && URL.canParse(String(url))
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
