/**
 * A minimal host for a channel, with an agent that is one function, and pairing in memory.
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
  mediaWaitMs: number
  progressAfterMs: number
  contextMediaMaxBytes: number
  readonly log: ReturnType<typeof recordingLog>
  readonly events: AccountEvent[]
  readonly turns: Turn[]
  /** Turns that were cut off, with what was sent of their answers. */
  readonly cutOff: { readonly turn: Turn; readonly said: string }[]
  /** Account and sender, separated by a space. The login follows if the approval is valid for one login only. */
  readonly approved: Set<string>
  readonly secrets: string[]
  /** Returns the answer of the agent. A test may let it throw, wait or use `signal`. */
  agent: (turn: Turn, signal: AbortSignal) => Promise<string>
}

export function testHost(stateDir = temporaryFolder()): TestHost {
  /** The message that requested pairing. */
  const codes = new Map<string, string>()
  const host: TestHost = {
    stateDir,
    configDir: stateDir,
    secrets: [],
    debounceMs: 0,
    mediaWaitMs: 0,
    progressAfterMs: 0,
    contextMediaMaxBytes: 0,
    log: recordingLog(),
    events: [],
    turns: [],
    cutOff: [],
    approved: new Set(),
    agent: async (turn) => `answer to ${turn.messages.map(({ text }) => text).join(' + ')}`,
    pairing: {
      isApproved: async (...who) => host.approved.has(personOf(...who)),
      request: async (
        accountId,
        senderId,
        { messageId = '', loginId } = {},
      ): Promise<PairingRequestResult> => {
        const person = personOf(accountId, senderId, loginId)
        const askedBy = codes.get(person)
        if (askedBy !== undefined && (askedBy === '' || askedBy !== messageId)) return { status: 'pending' }
        codes.set(person, messageId)
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
    noteCutOff: async (turn, said) => {
      host.cutOff.push({ turn, said })
    },
    resetSession: async () => undefined,
    registerSecret: (secret) => {
      host.secrets.push(secret)
    },
  }
  return host
}

function personOf(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ')
}
