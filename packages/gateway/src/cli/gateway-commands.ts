/**
 * `gateway status`, `stop` and `restart`, of the gateway that runs on the state directory.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, MoltbotError } from '@moltbot/channel-sdk'
import { connectGateway } from '../control/client.ts'
import { printable } from '../printable.ts'
import { exitCodes } from './failure.ts'
import type { GatewayStatusView } from './status-view.ts'

const pollEveryMs = 25
const stopTimeoutMs = 10_000
const restartTimeoutMs = 30_000

/** 0 when it runs and is healthy, 1 when it runs and is not. */
export async function showStatus(stateDir: string, { json }: { readonly json?: true }): Promise<number> {
  const status = await connectGateway(stateDir).get('/api/status')
  const view = await viewOf(status)
  process.stdout.write(json ? `${JSON.stringify(status, null, 2)}\n` : describe(view))
  return view.healthy ? exitCodes.fine : exitCodes.failed
}

/** Returns when the process has ended. */
export async function stopGateway(stateDir: string): Promise<undefined> {
  const { pid, post } = connectGateway(stateDir)
  await post('/api/gateway/stop')
  await until(async () => !isAlive(pid), stopTimeoutMs, `the gateway (pid ${pid}) has not ended`)
  process.stdout.write('The gateway has stopped.\n')
}

/** Returns when its accounts are started again. */
export async function restartGateway(stateDir: string): Promise<undefined> {
  const { get, post } = connectGateway(stateDir)
  const status = async () => viewOf(await get('/api/status'))
  const before = await status()
  await post('/api/gateway/restart')
  const restarted = async () => {
    const { restarts, phase } = await status()
    return restarts > before.restarts && phase === 'running'
  }
  await until(restarted, restartTimeoutMs, 'the gateway has not come back')
  const { config } = await status()
  process.stdout.write('The gateway has restarted.\n')
  if (config.reloadError === undefined) return
  throw new MoltbotError('config-invalid', `It kept its old configuration:\n${config.reloadError}`)
}

/** Loads the schema library, which a command that finds no gateway does without. */
async function viewOf(status: unknown): Promise<GatewayStatusView> {
  const { statusView } = await import('./status-view.ts')
  return statusView.parse(status)
}

async function until(done: () => Promise<boolean>, timeoutMs: number, otherwise: string): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await done())) {
    if (performance.now() > deadline)
      throw new MoltbotError('timeout', `${otherwise} after ${timeoutMs / 1000} s`)
    await sleep(pollEveryMs)
  }
}

/** A line for the gateway's own rows, and one for each account that has some. */
function setAsideLines({ accounts, setAside }: GatewayStatusView): string[] {
  const lines = accounts.map((one) => [`${one.channel}/${one.accountId}`, one.setAside] as const)
  return [['sessions and pairing', setAside] as const, ...lines]
    .filter(([, rows]) => rows > 0)
    .map(([whose, rows]) => `  unread   ${whose}: ${rows} rows could not be read and are set aside`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM' // Another user's.
  }
}

function describe(status: GatewayStatusView): string {
  const { version, pid, url, healthy, phase } = status
  const lines = [
    `moltbot ${version} is ${phase} (pid ${pid}, ${url})${healthy ? ', healthy' : ''}`,
    `  config   ${status.config.path}`,
    `  state    ${status.stateDir}`,
    `  model    ${status.model ?? 'none configured'}`,
    ...status.accounts.flatMap(({ channel, accountId, state, reason, qr }) => [
      `  account  ${channel}/${accountId}: ${state}, ${reason}`,
      ...(qr === undefined ? [] : [`           the QR code's link: ${qr}`]),
    ]),
    ...(status.pairing.pending > 0
      ? [`  pairing  ${status.pairing.pending} waiting: moltbot pairing list`]
      : []),
    ...setAsideLines(status),
    ...(status.config.reloadError === undefined
      ? []
      : ['  The configuration on disk is invalid and not in use:', ...status.config.reloadError.split('\n')]),
    ...status.warnings.map((warning) => `  warning: ${warning}`),
    ...status.accounts.flatMap(({ channel, accountId, warnings }) =>
      warnings.map((warning) => `  warning: ${channel}/${accountId}: ${warning}`),
    ),
    ...status.problems.map((problem) => `  problem: ${problem}`),
  ]
  return lines.map((line) => `${printable(line)}\n`).join('')
}
