/**
 * What every case of the host contract uses: a fresh state directory, a model on loopback, a probe for a channel,
 * a clock, and the host under test in the middle. All of it is cleaned away at the end.
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChannelHost } from '../../host.ts'
import type { Turn, TurnMessage } from '../../turn.ts'
import type { HostHarness, HostStart, HostUnderTest } from '../host-harness.ts'
import { type ModelServer, startModelServer } from '../model-server.ts'
import { type ProbeChannel, type ProbeOptions, probeChannel } from '../probe-channel.ts'

/** The key the host is given for its model. No text that leaves the host may show it. */
export const modelApiKey = 'contract-suite-model-key'

/** How long a host may take for what it does in the background. */
const patienceMs = 5_000
const pollMs = 10

export interface Stage {
  readonly model: ModelServer
  readonly probe: ProbeChannel
  readonly stateDir: string
  /** The services of the channel that runs now. */
  host(): ChannelHost
  approve(code: string): Promise<void>
  logText(): string
  stop(): Promise<void>
  /** Stops the host, if it runs, and starts it on the same state directory. */
  restart(): Promise<void>
  /** Moves the host's clock, where it takes one. */
  advance(ms: number): void
}

export interface StageOptions extends ProbeOptions {
  /** Defaults to two accounts, `a` and `b`. */
  readonly channelConfig?: unknown
  /** false: the case starts the host itself, by `restart`. */
  readonly started?: boolean
}

export async function onStage(
  harness: HostHarness,
  { channelConfig = { accounts: { a: {}, b: {} } }, started = true, ...probeOptions }: StageOptions,
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  const stateDir = await mkdtemp(join(tmpdir(), 'moltbot-host-contract-'))
  const model = await startModelServer()
  const probe = probeChannel(probeOptions)
  let aheadMs = 0
  const power = hostPower(harness, {
    stateDir,
    plugin: probe.plugin,
    channelConfig,
    model: { baseUrl: model.baseUrl, apiKey: modelApiKey },
    now: () => Date.now() + aheadMs,
  })
  const advance = (ms: number) => {
    aheadMs += ms
  }
  try {
    if (started) await power.restart()
    await work({ model, probe, stateDir, advance, host: () => newestHost(probe), ...power })
  } finally {
    await power.stop()
    await model.close()
    await rm(stateDir, { recursive: true, force: true })
  }
}

/** Starts and stops one host; stopping a stopped one does nothing. */
function hostPower(harness: HostHarness, options: HostStart) {
  let running: HostUnderTest | undefined
  const stop = async () => {
    const host = running
    running = undefined
    await host?.stop()
  }
  const host = () => running ?? assert.fail('the host is not running')
  return {
    stop,
    restart: async () => {
      await stop()
      running = await harness.start(options)
    },
    approve: (code: string) => host().approve(code),
    logText: () => host().logText(),
  }
}

function newestHost(probe: ProbeChannel): ChannelHost {
  return probe.created.at(-1)?.host ?? assert.fail('the host started without creating the channel')
}

/** Waits until `check` holds; fails with `what` when it never does. */
export async function eventually(what: string, check: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + patienceMs
  while (!check()) {
    if (Date.now() > deadlineMs) assert.fail(`never came true: ${what}`)
    await sleep(pollMs)
  }
}

/** Fails with `what` when `promise` is still open after all patience. */
export async function inTime<Value>(what: string, promise: Promise<Value>): Promise<Value> {
  const late = new AbortController()
  const timeout = sleep(patienceMs, undefined, { signal: late.signal }).then(() =>
    assert.fail(`never ended: ${what}`),
  )
  try {
    return await Promise.race([promise, timeout])
  } finally {
    late.abort()
    await timeout.catch(() => {})
  }
}

export interface TurnFacts extends Partial<Turn> {
  readonly peer?: string
}

/** A turn of one message in a direct chat: of peer `u1` with account `a`, seeing ten earlier turns, by default. */
export function turnSaying(text: string, { peer = 'u1', id = text, ...more }: TurnFacts = {}): Turn {
  return {
    id,
    channelId: 'probe',
    accountId: 'a',
    conversation: { kind: 'direct', id: peer },
    sender: { id: peer },
    messages: [messageOf(peer, text, `message-${id}`)],
    attempt: 1,
    historyLimit: 10,
    ...more,
  }
}

/** A message that the sender of this id wrote. */
export function messageOf(senderId: string, text: string, id = text): TurnMessage {
  return { id, sender: { id: senderId }, text, timestampMs: 0 }
}

/** Runs a turn to its end and joins its pieces. */
export async function replyTo(
  host: ChannelHost,
  turn: Turn,
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  let reply = ''
  for await (const piece of host.runTurn(turn, signal)) reply += piece.text
  return reply
}

/** What the model saw last: how many messages of its conversation contain `text`. */
export function timesSeen(model: ModelServer, text: string): number {
  return textsOf(model, 'user').filter((said) => said.includes(text)).length
}

/** What the model saw last from the user, or as its system prompt. */
export function textsOf(model: ModelServer, role: 'user' | 'system'): string[] {
  const messages = model.requests.at(-1)?.messages ?? []
  return messages.filter((message) => message.role === role).map(({ text }) => text)
}
