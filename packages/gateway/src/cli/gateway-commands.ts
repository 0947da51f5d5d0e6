/**
 * `gateway status`, `stop` and `restart`, of the gateway that runs on the state directory.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, MoltbotError } from '@moltbot/channel-sdk'
import { connectGateway } from '../control/client.ts'
import { english } from '../language/speech.ts'
import { exitCodes } from './failure.ts'
import { type Output, print, show } from './show.ts'

const pollEveryMs = 25
/** Both are longer than the longest `gateway.shutdownTimeoutMs`. */
const stopTimeoutMs = 75_000
const restartTimeoutMs = 95_000

/** 0 when it runs and is healthy, 1 when it runs and is not. */
export async function showStatus(
  stateDir: string,
  { json }: { readonly json?: true },
  output: Output,
): Promise<number> {
  const status = await connectGateway(stateDir).call('status')
  const { statusLines } = await import('./status-lines.ts')
  show(output, json, status, () => statusLines(status, output))
  return status.healthy ? exitCodes.fine : exitCodes.failed
}

/** Returns when the process has ended. */
export async function stopGateway(stateDir: string, output: Output): Promise<undefined> {
  const { pid, call } = connectGateway(stateDir)
  await call('stop')
  const seconds = stopTimeoutMs / 1000
  const late = english('the gateway (pid {pid}) has not ended after {seconds} s', { pid, seconds })
  await until(async () => !isAlive(pid), stopTimeoutMs, late)
  print(output, output.say('The gateway has stopped.'))
}

/** Returns when its accounts are started again. */
export async function restartGateway(stateDir: string, output: Output): Promise<undefined> {
  const { call } = connectGateway(stateDir)
  const before = await call('status')
  await call('restart')
  const restarted = async () => {
    const { restarts, phase } = await call('status')
    return restarts > before.restarts && phase === 'running'
  }
  const seconds = restartTimeoutMs / 1000
  await until(
    restarted,
    restartTimeoutMs,
    english('the gateway has not come back after {seconds} s', { seconds }),
  )
  const { config } = await call('status')
  print(output, output.say('The gateway has restarted.'))
  if (config.reloadError === undefined) return
  const kept = english('It kept its old configuration, because the new one is invalid:')
  throw new MoltbotError('config-invalid', `${kept}\n${config.reloadError}`)
}

/** Returns when the other gateways serve its accounts. @throws `no-cluster`, `timeout` */
export async function drainGateway(stateDir: string, output: Output): Promise<undefined> {
  const { call } = connectGateway(stateDir)
  await call('drain', { draining: true })
  const own = async () => {
    const { cluster } = await call('status')
    return cluster?.gateways.find(({ name }) => name === cluster.name)?.accounts ?? 0
  }
  const seconds = stopTimeoutMs / 1000
  const late = english('the gateway still serves accounts after {seconds} s', { seconds })
  await until(async () => (await own()) === 0, stopTimeoutMs, late)
  print(
    output,
    output.say('The gateway serves no account any more. It takes some again after: moltbot gateway undrain'),
  )
}

/** @throws `no-cluster` */
export async function undrainGateway(stateDir: string, output: Output): Promise<undefined> {
  await connectGateway(stateDir).call('drain', { draining: false })
  print(output, output.say('The gateway takes its share of the accounts again.'))
}

async function until(done: () => Promise<boolean>, timeoutMs: number, otherwise: string): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await done())) {
    if (performance.now() > deadline) throw new MoltbotError('timeout', otherwise)
    await sleep(pollEveryMs)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM' // Another user's.
  }
}
