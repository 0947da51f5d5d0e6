/**
 * Who may talk to the control plane: programs that hold the token and did not get here through a foreign DNS record.
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { MiddlewareHandler } from 'hono'

/**
 * Refuses requests whose `Host` is a name other than `localhost`. A page in the operator's browser that has its own name
 * resolve to this machine (DNS rebinding) always sends that name; an address cannot be rebound.
 */
export const refuseForeignHosts: MiddlewareHandler = async (context, next) => {
  if (isOwnHost(context.req.header('host'))) return next()
  return context.json({ error: { code: 'host-refused', message: 'this Host is not served' } }, 403)
}

export function isOwnHost(host: string | undefined): boolean {
  const name = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host ?? '')
  const bare = name?.[1] ?? name?.[2] ?? ''
  return bare === 'localhost' || isIP(bare) !== 0
}

/** Admits requests with `Authorization: Bearer <token>`; compares in constant time. */
export function requireToken(token: string): MiddlewareHandler {
  const expected = digest(token)
  return async (context, next) => {
    const given = /^Bearer (.+)$/i.exec(context.req.header('authorization') ?? '')?.[1] ?? ''
    if (timingSafeEqual(digest(given), expected)) return next()
    context.header('WWW-Authenticate', 'Bearer')
    return context.json(
      { error: { code: 'token-wrong', message: 'the control token is missing or wrong' } },
      401,
    )
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest()
