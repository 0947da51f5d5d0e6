/**
 * What a browser gets before it has a session: the files of the dashboard, which hold no secrets, and the session itself.
 */

import type { Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { z } from 'zod'
import type { BrowserSessions } from '../dashboard/browser-sessions.ts'
import { type ControlEnv, cookieName, keyHeader } from './guard.ts'
import { checked, jsonBody } from './request-body.ts'

const tradeInput = z.strictObject({ link: z.string().min(1).max(128) })
/** The cookie goes to no other address. */
const cookiePath = '/api'

export function addDashboard(app: Hono<ControlEnv>, sessions: BrowserSessions): void {
  app.post('/api/dashboard/session', async (context) => {
    const { link } = checked(tradeInput, await jsonBody(context))
    const session = context.req.header('origin') === undefined ? undefined : sessions.open(link)
    if (session === undefined) return context.json(linkIsUsed, 401)
    setCookie(context, cookieName(context), session.cookie, {
      httpOnly: true,
      sameSite: 'Strict',
      path: cookiePath,
    })
    return context.json({ key: session.key })
  })
  app.post('/api/dashboard/leave', (context) => {
    const name = cookieName(context)
    sessions.end(getCookie(context, name), context.req.header(keyHeader))
    deleteCookie(context, name, { path: cookiePath })
    return context.json({ status: 'left' })
  })
  app.get('*', async (context, next) => {
    if (context.req.path.startsWith('/api/')) return next()
    const { dashboardFiles } = await import('@moltbot/dashboard')
    // By whole addresses: none can lead to another file of this machine.
    const file = (await dashboardFiles()).get(addressOf(context))
    return file === undefined ? next() : context.body(file.content, 200, { 'Content-Type': file.type })
  })
}

const addressOf = (context: Context) => (context.req.path === '/' ? '/index.html' : context.req.path)

const linkIsUsed = {
  error: { code: 'link-used', message: 'this link was used already, or is too old; make another one' },
}
