/**
 * A channel without a backend: shows a test the `ChannelHost` that it was given, and remembers what the host did to it.
 */

import type { AccountSnapshot } from '../account.ts'
import type { Channel, ChannelPlugin } from '../channel.ts'
import type { SchemaIssue, SchemaResult } from '../config.ts'
import type { ChannelHost } from '../host.ts'

/** What the schema makes of `{ accounts: { <id>: { enabled?: boolean } } }`: a list, so that raw and parsed differ. */
export interface ProbeConfig {
  readonly accounts: readonly { readonly id: string; readonly enabled: boolean }[]
}

export interface ProbeOptions {
  /** `startAccount` rejects for this one. */
  readonly brokenAccount?: string
  /** Awaited by the channel's `stop`. */
  readonly onStop?: () => Promise<void>
}

export interface ProbeChannel {
  readonly plugin: ChannelPlugin<ProbeConfig>
  /** What each `create` was given, oldest first. */
  readonly created: readonly { readonly host: ChannelHost; readonly config: ProbeConfig }[]
  /** The ids that `startAccount` was called with. */
  readonly starts: readonly string[]
  /** Calls of `stop`, with the deadline that the host allowed and whether the call has ended. */
  readonly stops: readonly { readonly deadlineMs: number; readonly ended: boolean }[]
}

export function probeChannel(options: ProbeOptions = {}): ProbeChannel {
  const created: { host: ChannelHost; config: ProbeConfig }[] = []
  const starts: string[] = []
  const stops: { deadlineMs: number; ended: boolean }[] = []

  const channelOf = (config: ProbeConfig): Channel<ProbeConfig> => ({
    defaultAccountId: config.accounts[0]?.id,
    reconfigure: async () => [],
    accountIds: config.accounts.map(({ id }) => id),
    accounts: async () => config.accounts.map(({ id, enabled }) => snapshot(id, enabled)),
    account: async (id) => snapshot(id, config.accounts.find((one) => one.id === id)?.enabled ?? false),
    startAccount: async (id) => {
      starts.push(id)
      if (id === options.brokenAccount) throw new Error(`the probe's account ${id} is meant to fail`)
    },
    stopAccount: async () => {},
    send: async () => ({ status: 'sent', chunks: 1, sent: 1 }),
    notifyApproved: async () => {},
    submitVerifyCode: async () => {},
    logout: async () => {},
    probe: async () => {},
    explain: async () => ({ action: 'drop', reason: 'a-probe-has-no-backend', steps: [] }),
    stop: async ({ deadlineMs }) => {
      const stop = { deadlineMs, ended: false }
      stops.push(stop)
      await options.onStop?.()
      stop.ended = true
    },
  })

  return {
    created,
    starts,
    stops,
    plugin: {
      id: 'probe',
      label: 'Probe',
      configSchema: probeSchema,
      warnings: () => [],
      create: async (host, config) => {
        created.push({ host, config })
        return channelOf(config)
      },
    },
  }
}

function snapshot(accountId: string, enabled: boolean): AccountSnapshot {
  return {
    accountId,
    puppet: 'probe',
    state: enabled ? 'online' : 'disabled',
    sinceMs: 0,
    reason: 'a probe has no backend',
    nextAction: 'none',
    outbox: { waiting: 0, troubled: 0 },
    setAside: 0,
  }
}

const accountJsonSchema = {
  type: 'object',
  properties: { enabled: { type: 'boolean', default: true } },
  additionalProperties: false,
}

const probeSchema: ChannelPlugin<ProbeConfig>['configSchema'] = {
  '~standard': {
    version: 1,
    vendor: 'moltbot',
    validate: parse,
    jsonSchema: {
      input: () => ({
        type: 'object',
        properties: { accounts: { type: 'object', additionalProperties: accountJsonSchema } },
        required: ['accounts'],
        additionalProperties: false,
      }),
    },
  },
}

function parse(value: unknown): SchemaResult<ProbeConfig> {
  if (!isRecord(value) || !isRecord(value.accounts)) return refused('expected an object', ['accounts'])
  const accounts: { id: string; enabled: boolean }[] = []
  for (const [id, account] of Object.entries(value.accounts)) {
    const enabled = isRecord(account) ? (account.enabled ?? true) : undefined
    if (typeof enabled !== 'boolean') return refused('expected true or false', ['accounts', id, 'enabled'])
    accounts.push({ id, enabled })
  }
  return { value: { accounts } }
}

function refused(message: string, path: string[]): { issues: SchemaIssue[] } {
  return { issues: [{ message, path }] }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
