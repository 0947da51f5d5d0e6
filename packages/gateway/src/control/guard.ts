/**
 * Who may talk to the control plane: programs that hold the token, and browsers that have a session, which may use less.
 * Neither may come from a page of somebody else, or through a foreign DNS record.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import type { BrowserSession, BrowserSessions } from '../dashboard/browser-sessions.ts'

/** What the guards leave for the routes. */
export interface ControlEnv {
  readonly Variables: {
    /** Of the browser that asks; undefined for a program with the token. */
    session: BrowserSession | undefined
  }
}

/** The header in which a page sends the key of its session. Other origins may not send it, and cannot know the key. */
export const keyHeader = 'x-moltbot-key'

/**
 * Refuses requests whose `Host` is a name other than `localhost`. A page in the operator's browser that has its own name
 * resolve to this machine (DNS rebinding) always sends that name; an address cannot be rebound.
 */
export const refuseForeignHosts: MiddlewareHandler = async (context, next) => {
  if (isOwnHost(context.req.header('host'))) return next()
  return refuse(context, 403, 'host-refused', 'this Host is not served')
}

/** Refuses what a page of another origin sends, another port of this machine included. Programs send no `Origin`. */
export const refuseForeignOrigins: MiddlewareHandler = async (context, next) => {
  const origin = context.req.header('origin')
  if (origin === undefined || origin === ownOrigin(context)) return next()
  return refuse(context, 403, 'origin-refused', 'pages of another origin are not served')
}

export function isOwnHost(host: string | undefined): boolean {
  const name = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host ?? '')
  const bare = name?.[1] ?? name?.[2] ?? ''
  return bare === 'localhost' || isIP(bare) !== 0
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
    const authorization = context.req.header('authorization')
    if (authorization !== undefined) {
      const given = /^Bearer (.+)$/i.exec(authorization)?.[1] ?? ''
      if (timingSafeEqual(digest(given), expected)) return next()
    }
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

function refuse(context: Context, status: 401 | 403, code: string, message: string): Response {
  return context.json({ error: { code, message } }, status)
}

const digest = (text: string) => createHash('sha256').update(text).digest()
