/**
 * A loopback model in a process of its own, so that its time does not count as that of what is measured.
 */

import { startNode, until } from './process.ts'

export interface ModelProcess {
  readonly pid: number
  /** Base URL of the model, as providers are configured. */
  readonly baseUrl: string
  /** Answers every GET with two bytes: the least that a round trip over loopback can be. */
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
