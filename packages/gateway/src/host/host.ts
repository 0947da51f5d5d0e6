/**
 * What the embedded gateway gives to one channel.
 */

import { join } from 'node:path'
import type { AccountEvent, AccountStatus, ChannelHost, Logger, PairingStore } from '@moltbot/channel-sdk'
import type { Agent } from '../agent/types.ts'
import type { KeptFilesLimits } from '../files/kept-files.ts'
import type { Log } from '../log/logger.ts'
import type { Metrics } from '../metrics/types.ts'
import type { Settings } from '../settings.ts'
import { makePrivateDir } from '../state/state-dir.ts'
import type { Toolbox } from '../tools/toolbox.ts'

export interface HostOptions {
  readonly channelId: string
  /** The gateway's; the channel gets a folder of its own in it. */
  readonly stateDir: string
  readonly configDir: string
  readonly log: Log
  readonly agent: Pick<Agent, 'runTurn' | 'resetSession'>
  readonly toolbox: Toolbox
  readonly pairing: PairingStore
  /** Read whenever the channel asks. */
  readonly messages: () => Settings['messages']
  readonly keptFiles: () => KeptFilesLimits
  readonly limits: () => Settings['limits']
  readonly count: Metrics['count']
}

type QrEvent = Extract<AccountEvent, { type: 'qr' }>

export function createHost({
  channelId,
  configDir,
  log,
  agent,
  toolbox,
  pairing,
  messages,
  keptFiles,
  limits,
  count,
  ...options
}: HostOptions): ChannelHost {
  const logger = log.logger.child({ channel: channelId })
  const stateDir = join(options.stateDir, channelId)
  makePrivateDir(stateDir)
  return {
    approveCommand: 'moltbot pairing approve',
    stateDir,
    configDir,
    log: logger,
    get debounceMs() {
      return messages().debounceMs
    },
    get mediaWaitMs() {
      return messages().mediaWaitMs
    },
    get progressAfterMs() {
      return messages().progressAfterMs
    },
    get contextMediaMaxBytes() {
      const { turns, days, bytes } = keptFiles()
      return turns === 0 || days === 0 ? 0 : bytes
    },
    get limits() {
      return limits()
    },
    pairing,
    runTurn: (turn, signal) => agent.runTurn(turn, signal),
    toolNames: async () => {
      const known = (await toolbox.tools()).map(({ name }) => name)
      return { known, away: toolbox.away() }
    },
    resetSession: (place) => agent.resetSession(place),
    report: (event) => {
      switch (event.type) {
        case 'state':
          return logState(logger, event.account)
        case 'qr':
          return logQr(logger, event, log.format === 'human')
        case 'message':
        case 'turn':
        case 'send':
          return count({ channelId, accountId: event.accountId }, event)
      }
    },
    registerSecret: log.redactor.register,
  }
}

/** The code itself is drawn only where a person reads along. */
function logQr(logger: Logger, { accountId, url, terminal }: QrEvent, drawn: boolean): void {
  const drawing = drawn && terminal !== undefined ? { terminal } : {}
  logger.info({ event: 'account.qr', accountId, url, ...drawing }, 'Scan this code with WeChat to log in')
}

function logState(logger: Logger, account: AccountStatus): void {
  const { accountId, state, reason, code, nextAction } = account
  const fields = { event: 'account.state', accountId, state, reason, ...(code && { code }), nextAction }
  logger[stateLevel(state)](fields, `Account is ${state}`)
}

function stateLevel(state: AccountStatus['state']): 'info' | 'warn' | 'error' {
  if (state === 'failed') return 'error'
  return state === 'degraded' || state === 'logged-out' || state === 'reconnecting' ? 'warn' : 'info'
}
