/**
 * Who may talk to the control plane: programs that hold the token, and browsers that have a session, which may use less.
 * Neither may come from a page of somebody else, or through a foreign DNS record.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import type { BrowserSession, BrowserSessions } from '../dashboard/browser-sessions.ts'
import type { AccessToken, TokenScope } from '../push/access-tokens.ts'
import { type Caller, operator } from '../push/callers.ts'

/** What the guards leave for the routes. */
export interface ControlEnv {
  readonly Variables: {
    /** Of the browser that asks; undefined for a program with the token. */
    session: BrowserSession | undefined
    /** Of a program, where one is served; see `requireProgram`. */
    caller: Caller | undefined
  }
}

/** The header in which a page sends the key of its session. Other origins may not send it, and cannot know the key. */
export const keyHeader = 'x-moltbot-key'

/**
 * Refuses requests whose `Host` is a name other than `localhost`. A page in the operator's browser that has its own name
 * resolve to this machine (DNS rebinding) always sends that name; an address cannot be rebound.
 */
export function refuseForeignHosts(publicHosts: () => readonly string[]): MiddlewareHandler {
  return async (context, next) => {
    const host = context.req.header('host')
    if (isOwnHost(host) || (isForPrograms(context.req.path) && publicHosts().includes(nameOf(host))))
      return next()
    return refuse(context, 403, 'host-refused', 'this Host is not served; see gateway.publicHosts')
  }
}

/**
 * Refuses what a page of another origin sends, another port of this machine included. Programs send no `Origin`, and what is
 * for programs serves no page at all: a configured host name must not become one that a browser may use.
 */
export const refuseForeignOrigins: MiddlewareHandler = async (context, next) => {
  const origin = context.req.header('origin')
  const isOwn = origin === ownOrigin(context) && isOwnHost(context.req.header('host'))
  if (origin === undefined || isOwn) return next()
  return refuse(context, 403, 'origin-refused', 'pages of another origin are not served')
}

/** What other programs use, with tokens of their own. A browser's session opens none of it. */
const isForPrograms = (path: string) =>
  path === '/mcp' || path === '/api/push' || path.startsWith('/api/push/')

export function isOwnHost(host: string | undefined): boolean {
  const bare = nameOf(host)
  return bare === 'localhost' || isIP(bare) !== 0
}

/** Without port and brackets; empty for what is no `Host`. */
function nameOf(host: string | undefined): string {
  const name = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host ?? '')
  return (name?.[1] ?? name?.[2] ?? '').toLowerCase()
}

const ownOrigin = (context: Context) => `http://${context.req.header('host')}`

/** Cookies of a host are shared by all its ports, so two gateways behind one host need two names. */
export function cookieName(context: Context): string {
  return `moltbot-${/:(\d+)$/.exec(context.req.header('host') ?? '')?.[1] ?? 80}`
}

/** The session of a request that comes from the gateway's own page. */
function sessionOf(context: Context, sessions: BrowserSessions): BrowserSession | undefined {
  const site = context.req.header('sec-fetch-site') ?? 'same-origin'
  const isRead = context.req.method === 'GET' || context.req.method === 'HEAD'
  // A browser says where whatever changes something comes from.
  if (site !== 'same-origin' || (!isRead && context.req.header('origin') === undefined)) return undefined
  return sessions.find(getCookie(context, cookieName(context)), context.req.header(keyHeader))
}

export interface AccessOptions {
  readonly token: string
  readonly sessions: BrowserSessions
  /** What a browser may use, as `GET /api/status`; all else needs the token. */
  readonly forBrowsers: ReadonlySet<string>
}

/** Admits requests with `Authorization: Bearer <token>`, compared in constant time, and sessions to what is for them. */
export function requireAccess({
  token,
  sessions,
  forBrowsers,
}: AccessOptions): MiddlewareHandler<ControlEnv> {
  const expected = digest(token)
  return async (context, next) => {
    const given = bearerOf(context)
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return next()
    const session = sessionOf(context, sessions)
    if (session === undefined) {
      context.header('WWW-Authenticate', 'Bearer')
      return refuse(context, 401, 'token-wrong', 'the control token is missing or wrong')
    }
    if (!forBrowsers.has(`${context.req.method} ${context.req.path}`))
      return refuse(context, 403, 'not-for-browsers', 'this needs the control token')
    context.set('session', session)
    return next()
  }
}

export interface ProgramOptions {
  /** The control token: whoever has it is the operator. */
  readonly token: string
  readonly scope: TokenScope
  readonly check: (token: string) => Promise<AccessToken | undefined>
}

/** Admits the operator, and programs with a token of this scope. */
export function requireProgram({ token, scope, check }: ProgramOptions): MiddlewareHandler<ControlEnv> {
  const expected = digest(token)
  return async (context, next) => {
    const given = bearerOf(context)
    const isOperator = given !== undefined && timingSafeEqual(digest(given), expected)
    const access = given === undefined || isOperator ? undefined : await check(given)
    if (!isOperator && access === undefined) {
      context.header('WWW-Authenticate', 'Bearer')
      return refuse(context, 401, 'token-wrong', 'the token is missing or wrong')
    }
    if (access !== undefined && !access.scopes.includes(scope))
      return refuse(context, 403, 'scope-refused', `this token is not for ${scope}`)
    context.set('caller', access === undefined ? operator : { tokenId: access.id, targets: access.targets })
    return next()
  }
}

/** Reaches nothing where `requireProgram` has not admitted anybody. */
export const callerOf = (context: Context<ControlEnv>): Caller =>
  context.var.caller ?? { tokenId: 'nobody', targets: [] }

function bearerOf(context: Context): string | undefined {
  return /^Bearer (.+)$/i.exec(context.req.header('authorization') ?? '')?.[1]
}

function refuse(context: Context, status: 401 | 403, code: string, message: string): Response {
  return context.json({ error: { code, message } }, status)
}

const digest = (text: string) => createHash('sha256').update(text).digest()
