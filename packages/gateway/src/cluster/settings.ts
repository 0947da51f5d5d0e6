/**
 * What this room takes from the configuration: who this gateway is among the others, and whether they use the same file.
 */

import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import type { LoadedConfig } from '../config/load.ts'

export interface ClusterSettings {
  /** `MOLTBOT_GATEWAY_NAME`, else the name of the machine. */
  readonly name: string
  readonly weight: number
  readonly leaseMs: number
  /** Of everything that is configured, with its defaults and variables, wherever it is written. Tells no secret. */
  readonly configHash: string
}

const msPerSecond = 1_000
const hashLength = 16

export function clusterSettings({ config, channels, env }: LoadedConfig): ClusterSettings {
  const name = env.MOLTBOT_GATEWAY_NAME || hostname()
  const { weights, leaseSeconds } = config.cluster
  const weight = Object.hasOwn(weights, name) ? (weights[name] ?? 1) : 1
  const text = JSON.stringify(
    [config, [...channels].toSorted(([one], [other]) => (one < other ? -1 : 1))],
    inOrder,
  )
  const configHash = createHash('sha256').update(text).digest('hex').slice(0, hashLength)
  return { name, weight, leaseMs: leaseSeconds * msPerSecond, configHash }
}

/** The order in which keys are written means nothing. */
function inOrder(_: string, value: unknown): unknown {
  if (value instanceof RegExp) return String(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
