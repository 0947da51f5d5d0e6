/**
 * A loopback model in a separate process, so that its CPU time is not measured.
 */

import { startNode, until } from './process.ts'

export interface ModelProcess {
  readonly pid: number
  /** Base URL of the model for the configuration of a provider. */
  readonly baseUrl: string
  /** Answers every GET with two bytes: the fastest possible round trip over loopback. */
  readonly bareUrl: string
  close(): Promise<void>
}

export async function startModelProcess(env: NodeJS.ProcessEnv = {}): Promise<ModelProcess> {
  const child = startNode('test/bench/turns-model.ts', [], env)
  const line = await until(() => child.stdout().split('\n')[0] || undefined, child.stderr)
  const { baseUrl, bareUrl } = JSON.parse(line)
  return {
    pid: child.pid,
    baseUrl,
    bareUrl,
    async close() {
      child.kill('SIGTERM')
      await child.exited
    },
  }
}
