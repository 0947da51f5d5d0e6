/**
 * The options of the puppet, validated once, with their defaults.
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
  proxy: z.url({ protocol: /^https?$/ }).optional(),
  botAgent: z.string().optional(),
  routeTag: z.string().optional(),
  stateDir: z.string().min(1).optional(),
  acknowledge: z.enum(['manual', 'on-emit']).default('on-emit'),
  emitOwnMessages: z.boolean().default(true),
  keepMessagesMs: z.number().positive().optional(),
  token: z
    .string()
    .regex(/^[^:\s]+:\S+$/, 'must look like <bot id>:<secret>')
    .optional(),
  localTokens: z.array(z.string()).default([]),
  timeoutSeconds: z.number().positive().default(watchdogSeconds),
  cache: z.record(z.string(), z.number()).optional(),
})

/** Options of {@link PuppetILink}; all of them are optional. */
export interface PuppetILinkOptions {
  /** Base URL of the bot API. If set, it is used instead of the one that the backend gives at login. */
  baseUrl?: string
  /** Base URL of the CDN that holds files. */
  cdnBaseUrl?: string
  /** Base URL of the API that makes QR codes. */
  loginBaseUrl?: string
  /**
   * URL of the HTTP proxy for the bot API and the CDN; an address of this machine is reached directly. Defaults to none, or
   * to the environment's where NODE_USE_ENV_PROXY is 1.
   */
  proxy?: string
  /** Your program as `Name/Version (comment)`, for the backend's logs. */
  botAgent?: string
  /** Sent as `SKRouteTag`. */
  routeTag?: string
  /**
   * Private folder for the state (`ilink.sqlite`) and media files. Without it, and without a state store of your own,
   * credentials are in Wechaty's memory card and everything else is in memory.
   */
  stateDir?: string
  /** When a received message counts as acknowledged: once it was emitted (default), or once `ack` is called. */
  acknowledge?: 'manual' | 'on-emit'
  /**
   * Whether sent messages are emitted as messages of the bot too, as Wechaty's rules want. Defaults to true; false spares
   * a consumer that ignores them the work.
   */
  emitOwnMessages?: boolean
  /**
   * How long messages are stored for lookups and quotes, in milliseconds, beside the limit of 10,000. Unacknowledged ones
   * are stored in any case. Defaults to no limit.
   */
  keepMessagesMs?: number
  /** A bot token to begin with, instead of a QR login. */
  token?: string
  /** Tokens of this host's other bots, newest first. A person bound to one of them is recognised at the QR login. */
  localTokens?: readonly string[]
  /** Time-out of Wechaty's watchdog in seconds; it has to be longer than the long poll (45 s). Defaults to 150. */
  timeoutSeconds?: number
  /** Sizes of Wechaty's payload caches. */
  cache?: Record<string, number>
}

export interface ResolvedOptions {
  /** Undefined: the one that the backend gives at login, else the default. */
  baseUrl: string | undefined
  cdnBaseUrl: string
  loginBaseUrl: string
  proxy: string | undefined
  botAgent: string
  routeTag: string | undefined
  stateDir: string | undefined
  manualAck: boolean
  emitOwnMessages: boolean
  keepMessagesMs: number | undefined
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
    proxy: rest.proxy,
    botAgent: sanitizeBotAgent(botAgent),
    routeTag: rest.routeTag,
    stateDir: rest.stateDir,
    manualAck: acknowledge === 'manual',
    emitOwnMessages: rest.emitOwnMessages,
    keepMessagesMs: rest.keepMessagesMs,
    token: rest.token,
    localTokens: rest.localTokens,
    timeoutSeconds: rest.timeoutSeconds,
    cache: rest.cache,
  }
}

/** The base URL of a bot's calls: the option, else the one from its login (https only), else the default. */
export const apiBaseOf = (configured: string | undefined, fromLogin: string | undefined): string => {
  if (configured !== undefined) return configured
  const trusted =
    fromLogin !== undefined && URL.canParse(fromLogin) && new URL(fromLogin).protocol === 'https:'
  return trusted ? fromLogin : defaultBaseUrl
}

/** The servers that a puppet with certain options talks to. */
export interface ILinkEndpoints {
  /** Base URL of the API that makes QR codes. */
  readonly login: string
  /** Base URL of the bot API, unless a login gives another one. */
  readonly api: string
  /** Base URL of the CDN that holds files. */
  readonly cdn: string
}

/**
 * Which servers have to be reachable for a puppet with these options, for a check of the network.
 * @throws ILinkError invalid-argument, as the constructor of the puppet
 */
export const endpointsOf = (options: PuppetILinkOptions): ILinkEndpoints => {
  const { loginBaseUrl, baseUrl, cdnBaseUrl } = resolveOptions(options)
  return { login: loginBaseUrl, api: apiBaseOf(baseUrl, undefined), cdn: cdnBaseUrl }
}
