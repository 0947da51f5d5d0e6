/**
 * Where the gateways of a crash run store their state: in files, or in databases of a cluster of their own.
 */

import { execFileSync } from 'node:child_process'
import { startCluster } from '../support/postgres.ts'
import type { StreamOptions } from './stream.ts'

const kinds = ['sqlite', 'postgres'] as const

export interface CrashStore {
  /** For the gateways of one backend. */
  optionsOf(backend: string): Promise<Pick<StreamOptions, 'env' | 'readStore'>>
  /** Nothing else of this process runs until it works again. */
  crash(): void
  stop(): void
}

/** @throws where there is no such kind of store */
export async function openStore(kind: string): Promise<CrashStore> {
  if (kind === 'sqlite') return { optionsOf: async () => ({}), crash: () => undefined, stop: () => undefined }
  if (kind !== 'postgres') throw new Error(`--store is one of ${kinds.join(', ')}`)
  // Processes are killed, and never the machine: nothing depends on flushes.
  const cluster = await startCluster({ settings: { max_connections: 300 } })
  return {
    optionsOf: async (backend) => {
      await cluster.execute(`CREATE DATABASE "${backend}"`)
      const url = cluster.url(backend)
      return { env: { MOLTBOT_STATE_URL: url }, readStore: (statement) => rowsOf(url, statement) }
    },
    crash: () => cluster.crash(),
    stop: () => cluster.stop(),
  }
}

function rowsOf(url: string, statement: string) {
  const sql = `SET search_path = moltbot_wechat; SELECT coalesce(json_agg(found), '[]') FROM (${statement}) AS found`
  const printed = execFileSync('psql', [url, '--quiet', '--no-align', '--tuples-only', '--command', sql], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return JSON.parse(printed)
}
