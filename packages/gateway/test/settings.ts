/**
 * Settings of a gateway with the fake channel.
 */

import { schedulesSchema } from '../src/config/schedules-schema.ts'
import { noProxies } from '../src/network/proxy.ts'
import type { Settings } from '../src/settings.ts'

/** @param config of the fake channel */
export const settingsWith = (config: object): Settings => ({
  path: '/somewhere/config.json5',
  files: new Map(),
  host: '127.0.0.1',
  port: 0,
  logLevel: 'info',
  logFile: false,
  agent: {
    model: 'builtin/echo',
    turnTimeoutMs: 5_000,
    providers: {},
    session: { agentId: 'main', dmScope: 'per-account-channel-peer', identityLinks: {} },
  },
  mcpServers: {},
  proxies: noProxies,
  messages: { debounceMs: 0, mediaWaitMs: 0, progressAfterMs: 0 },
  keptFiles: { turns: 5, bytes: 1_000, days: 7 },
  mediaDiskBytes: 1_000_000,
  limits: {},
  showsTexts: true,
  targets: {},
  publicHosts: [],
  readsConversations: false,
  alerts: { to: [], afterSeconds: 0, repeatHours: 0, language: 'en' },
  schedules: schedulesSchema.parse({}),
  shutdownTimeoutMs: 1_200,
  cluster: { name: 'test', weight: 1, leaseMs: 6_000, configHash: 'same' },
  channels: new Map([['fake', { accounts: { a: 'online' }, stopTakesMs: 0, ...config }]]),
  warnings: [],
  secrets: [],
})
