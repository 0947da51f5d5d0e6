/**
 * The simulator in a separate process, so that its CPU time and memory are not measured.
 */

import { type ControlClient, controlClient } from 'ilink-simulator'
import { startNode, until } from './process.ts'

export interface SimulatorProcess {
  readonly pid: number
  readonly control: ControlClient
  /** Base URL for a puppet. */
  readonly puppetOptions: {
    readonly baseUrl: string
    readonly cdnBaseUrl: string
    readonly loginBaseUrl: string
  }
  close(): Promise<void>
}

export async function startSimulatorProcess(env: NodeJS.ProcessEnv = {}): Promise<SimulatorProcess> {
  const child = startNode('packages/ilink-simulator/bin/ilink-simulator.js', ['--json'], env)
  const line = await until(() => child.stdout().split('\n')[0] || undefined, child.stderr)
  const { url, cdnUrl, controlUrl } = JSON.parse(line)
  return {
    pid: child.pid,
    control: controlClient(controlUrl),
    puppetOptions: { baseUrl: url, cdnBaseUrl: cdnUrl, loginBaseUrl: url },
    async close() {
      child.kill('SIGTERM')
      await child.exited
    },
  }
}
