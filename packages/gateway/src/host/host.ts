/**
 * What the embedded gateway gives to one channel.
 */

import { join } from 'node:path'
import type { ChannelHost, DiskBudget, PairingStore } from '@moltbot/channel-sdk'
import type { Agent } from '../agent/types.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { EventHub } from '../events/event-hub.ts'
import type { KeptFilesLimits } from '../files/kept-files.ts'
import type { Log } from '../log/logger.ts'
import type { Metrics } from '../metrics/types.ts'
import { backendProxy, outgoingProxy } from '../network/outgoing.ts'
import type { Settings } from '../settings.ts'
import { makePrivateDir } from '../state/state-dir.ts'
import type { Toolbox } from '../tools/toolbox.ts'
import { AccountLog } from './account-log.ts'

export interface HostOptions {
  readonly channelId: string
  /** The gateway's; the channel gets a folder of its own in it. */
  readonly stateDir: string
  readonly configDir: string
  readonly log: Log
  readonly hasCrashed: boolean
  readonly agent: Pick<Agent, 'runTurn' | 'noteCutOff' | 'resetSession'>
  readonly toolbox: Toolbox
  readonly pairing: PairingStore
  readonly database: ChannelHost['database']
  readonly sharedFolder: string | undefined
  /** Read whenever the channel asks. */
  readonly messages: () => Settings['messages']
  readonly keptFiles: () => KeptFilesLimits
  readonly limits: () => Settings['limits']
  readonly mediaDisk: DiskBudget
  readonly showsFiles: () => boolean
  readonly count: Metrics['count']
  readonly events: Pick<EventHub, 'publish'>
  /** Something became of a message that was sent with this id. */
  readonly heardOfSend: (sendId: string) => void
  readonly aboutSession: NonNullable<ChannelHost['aboutSession']>
  /** Where several gateways share the accounts. */
  readonly cluster?: Pick<Cluster, 'holdsOf' | 'noteStatus' | 'noteEvent'> | undefined
}

export function createHost({
  channelId,
  configDir,
  log,
  hasCrashed,
  agent,
  toolbox,
  pairing,
  database,
  sharedFolder,
  messages,
  keptFiles,
  limits,
  mediaDisk,
  showsFiles,
  count,
  events,
  heardOfSend,
  aboutSession,
  cluster,
  ...options
}: HostOptions): ChannelHost {
  const logger = log.logger.child({ channel: channelId })
  const stateDir = join(options.stateDir, channelId)
  makePrivateDir(stateDir)
  const accounts = new AccountLog({ log: logger, drawn: log.format === 'human' })
  return {
    stateDir,
    configDir,
    log: logger,
    hasCrashed,
    proxyFor: outgoingProxy,
    get backendProxy() {
      return backendProxy()
    },
    get debounceMs() {
      return messages().debounceMs
    },
    get mediaWaitMs() {
      return messages().mediaWaitMs
    },
    get progressAfterMs() {
      return messages().progressAfterMs
    },
    get showsFiles() {
      return showsFiles()
    },
    get contextMediaMaxBytes() {
      const { turns, days, bytes } = keptFiles()
      return turns === 0 || days === 0 ? 0 : bytes
    },
    mediaDisk,
    get limits() {
      return limits()
    },
    ...(cluster && { holds: cluster.holdsOf(channelId) }),
    pairing,
    ...(database && { database }),
    ...(sharedFolder !== undefined && { sharedFolder }),
    runTurn: (turn, signal) => agent.runTurn(turn, signal),
    toolNames: async () => {
      const known = (await toolbox.tools()).map(({ name }) => name)
      return { known, away: toolbox.away() }
    },
    noteCutOff: (turn, said) => agent.noteCutOff(turn, said),
    resetSession: (place) => agent.resetSession(place),
    aboutSession,
    report: (event) => {
      events.publish(channelId, event)
      cluster?.noteEvent()
      switch (event.type) {
        case 'state':
          cluster?.noteStatus(channelId, event.account)
          return accounts.state(event.account)
        case 'qr':
          return accounts.qr(event)
        case 'send':
          if (event.sendId !== undefined) heardOfSend(event.sendId)
          return count({ channelId, accountId: event.accountId }, event)
        case 'message':
        case 'turn':
          return count({ channelId, accountId: event.accountId }, event)
      }
    },
    registerSecret: log.redactor.register,
  }
}
