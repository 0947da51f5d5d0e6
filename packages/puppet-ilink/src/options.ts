/**
 * The options of the puppet, checked once and turned into what the rooms need.
 */

import { z } from 'zod'
import { refusedLocally } from './errors.ts'
import { watchdogSeconds } from './limits.ts'
import { sanitizeBotAgent } from './wire/bot-agent.ts'

const defaultBaseUrl = 'https://ilinkai.weixin.qq.com'
const defaultCdnBaseUrl = 'https://novac2c.cdn.weixin.qq.com/c2c'

const httpUrl = z.url({ protocol: /^https?$/ })

const schema = z.strictObject({
  baseUrl: httpUrl.optional(),
  cdnBaseUrl: httpUrl.optional(),
  loginBaseUrl: httpUrl.optional(),
  botAgent: z.string().optional(),
  routeTag: z.string().optional(),
  stateDir: z.string().min(1).optional(),
  acknowledge: z.enum(['manual', 'on-emit']).default('on-emit'),
  token: z
    .string()
    .regex(/^[^:\s]+:\S+$/, 'must look like <bot id>:<secret>')
    .optional(),
  localTokens: z.array(z.string()).default([]),
  timeoutSeconds: z.number().positive().default(watchdogSeconds),
  cache: z.record(z.string(), z.number()).optional(),
})

export interface PuppetILinkOptions {
  /** The bot API. Set: wins over what the backend says at login. */
  baseUrl?: string
  cdnBaseUrl?: string
  /** Where QR codes come from. */
  loginBaseUrl?: string
  /** `Name/Version (comment)` of your program, for the backend's logs. */
  botAgent?: string
  /** Sent as `SKRouteTag`. */
  routeTag?: string
  /** Folder for credentials and messages. Without it: the memory card and RAM. */
  stateDir?: string
  /** When a received message is done with: once emitted (default), or once `ack` is called. */
  acknowledge?: 'manual' | 'on-emit'
  /** A bot token to begin with, instead of a QR login. */
  token?: string
  /** Tokens of this host's other bots, newest first: a person bound to one of them is recognised at the QR login. */
  localTokens?: readonly string[]
  /** Wechaty's watchdog; keep it above the long poll (45 s). Default 150. */
  timeoutSeconds?: number
  /** Sizes of Wechaty's payload caches. */
  cache?: Record<string, number>
}

export interface ResolvedOptions {
  /** Undefined: what the backend says at login, else the default. */
  baseUrl: string | undefined
  cdnBaseUrl: string
  loginBaseUrl: string
  botAgent: string
  routeTag: string | undefined
  stateDir: string | undefined
  manualAck: boolean
  token: string | undefined
  localTokens: readonly string[]
  timeoutSeconds: number
  cache: Record<string, number> | undefined
}

/** @throws ILinkError invalid-argument, naming the option but never its value */
export const resolveOptions = (options: PuppetILinkOptions): ResolvedOptions => {
  const parsed = schema.safeParse(options)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'options'}: ${message}`,
    )
    throw refusedLocally('invalid-argument', `PuppetILink options: ${problems.join('; ')}`, false)
  }
  const { acknowledge, botAgent, ...rest } = parsed.data
  return {
    baseUrl: rest.baseUrl,
    cdnBaseUrl: rest.cdnBaseUrl ?? defaultCdnBaseUrl,
    loginBaseUrl: rest.loginBaseUrl ?? defaultBaseUrl,
    botAgent: sanitizeBotAgent(botAgent),
    routeTag: rest.routeTag,
    stateDir: rest.stateDir,
    manualAck: acknowledge === 'manual',
    token: rest.token,
    localTokens: rest.localTokens,
    timeoutSeconds: rest.timeoutSeconds,
    cache: rest.cache,
  }
}

/** Where a bot's calls go: the option, else what its login said (https only), else the default. */
export const apiBaseOf = (configured: string | undefined, fromLogin: string | undefined): string => {
  if (configured !== undefined) return configured
  const trusted =
    fromLogin !== undefined && URL.canParse(fromLogin) && new URL(fromLogin).protocol === 'https:'
  return trusted ? fromLogin : defaultBaseUrl
}
