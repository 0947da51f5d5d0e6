/**
 * For vitest: a folder for the PostgreSQL cluster that the tests of a run share, and the end of that cluster.
 */

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Cluster, sharedFolder } from './postgres.ts'

export function setup(): () => void {
  const folder = mkdtempSync('/tmp/moltbot-pg-')
  process.env[sharedFolder] = folder
  return () => {
    if (existsSync(join(folder, 'ready'))) new Cluster(folder).halt('immediate')
    rmSync(folder, { recursive: true, force: true })
  }
}
