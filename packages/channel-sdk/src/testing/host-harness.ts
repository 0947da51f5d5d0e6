/**
 * How the contract suite gets hold of a host: what it asks a host's test to provide, and what a case looks like.
 */

import type { ChannelPlugin } from '../channel.ts'

export interface HostStart {
  /** The host's own state directory; the same one again means a restart. */
  readonly stateDir: string
  /** To be owned by the host in place of what it would find by manifest. */
  readonly plugin: ChannelPlugin
  /** The value under `channels.<plugin.id>`, not yet validated. */
  readonly channelConfig: unknown
  /** An OpenAI-compatible model for every turn. */
  readonly model: { readonly baseUrl: string; readonly apiKey: string }
  /** The time to date pairing codes by, milliseconds since the epoch; for harnesses with `injectsClock`. */
  readonly now: () => number
}

export interface HostUnderTest {
  /** As the operator does. @throws when the host refuses. */
  approve(code: string): Promise<void>
  /** Everything the host has logged so far. */
  logText(): string
  stop(): Promise<void>
}

export interface HostHarness {
  /** Does the host take `HostStart.now`? Without it, cases that need a `clock` are to be skipped. */
  readonly injectsClock: boolean
  /** Resolves when the host is ready. @throws when it does not start. */
  start(options: HostStart): Promise<HostUnderTest>
}

export interface HostContractCase {
  /** Continues "the host …". */
  readonly name: string
  readonly needs?: 'clock'
  /** Rejects when the host breaks the contract. Cleans up after itself. */
  run(harness: HostHarness): Promise<void>
}
