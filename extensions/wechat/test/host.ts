/**
 * The smallest host a channel can live in: an agent that is one function, and pairing in memory.
 */

import {
  type AccountEvent,
  type ChannelHost,
  MoltbotError,
  type PairingRequestResult,
  type Turn,
} from '@moltbot/channel-sdk'
import { recordingLog, temporaryFolder } from './samples.ts'

export interface TestHost extends ChannelHost {
  readonly log: ReturnType<typeof recordingLog>
  readonly events: AccountEvent[]
  readonly turns: Turn[]
  readonly approved: Set<string>
  readonly secrets: string[]
  /** What the agent answers; throws, waits or listens to `signal` as the test wants. */
  agent: (turn: Turn, signal: AbortSignal) => Promise<string>
}

export function testHost(stateDir = temporaryFolder()): TestHost {
  const codes = new Set<string>()
  const host: TestHost = {
    stateDir,
    configDir: stateDir,
    secrets: [],
    approveCommand: 'moltbot pairing approve',
    debounceMs: 0,
    log: recordingLog(),
    events: [],
    turns: [],
    approved: new Set(),
    agent: async (turn) => `answer to ${turn.messages.map(({ text }) => text).join(' + ')}`,
    pairing: {
      isApproved: async (accountId, senderId) => host.approved.has(`${accountId} ${senderId}`),
      request: async (accountId, senderId): Promise<PairingRequestResult> => {
        if (codes.has(`${accountId} ${senderId}`)) return { status: 'pending' }
        codes.add(`${accountId} ${senderId}`)
        return { status: 'created', code: 'ABCD2345', expiresAtMs: Date.now() + 3_600_000 }
      },
    },
    async *runTurn(turn, signal) {
      host.turns.push(turn)
      const text = await host.agent(turn, signal)
      if (signal.aborted) throw new MoltbotError('aborted', 'the turn was aborted')
      yield { text }
    },
    report: (event) => {
      host.events.push(event)
    },
    resetSession: async () => undefined,
    registerSecret: (secret) => {
      host.secrets.push(secret)
    },
  }
  return host
}
