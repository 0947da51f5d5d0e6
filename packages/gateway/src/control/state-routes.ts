/**
 * A backup as a download, which is no JSON, and a restore, which is always refused. An archive contains logins and messages,
 * and the control plane speaks plain HTTP, so only a program on this machine may download one, whoever has the token.
 */

import { Readable } from 'node:stream'
import { getConnInfo } from '@hono/node-server/conninfo'
import { MoltbotError } from '@moltbot/channel-sdk'
import type { Context, Hono } from 'hono'
import type { ControlEnv } from './guard.ts'
import type { ControlTarget } from './target.ts'

const thisMachine = /^(?:::ffff:)?127\.|^::1$/

export function addStateRoutes(app: Hono<ControlEnv>, target: Pick<ControlTarget, 'state'>): void {
  app.get('/api/state/backup', async (context) => {
    refuseOthers(context)
    if (context.req.method === 'HEAD') return context.body(null, 405)
    const { name, bytes, content } = await (await target.state()).download()
    return context.body(Readable.toWeb(content), 200, {
      'Content-Type': 'application/gzip',
      'Content-Length': String(bytes),
      'Content-Disposition': `attachment; filename="${name}"`,
      'Cache-Control': 'no-store',
    })
  })
  app.post('/api/state/restore', () => {
    throw new MoltbotError(
      'gateway-running',
      'the state of a running gateway cannot be replaced; stop it, then run: moltbot state restore FILE',
    )
  })
}

/** @throws `not-from-here` */
function refuseOthers(context: Context): void {
  const { address = '' } = getConnInfo(context).remote
  if (thisMachine.test(address)) return
  throw new MoltbotError(
    'not-from-here',
    'a backup contains logins and is sent unencrypted: it is handed out on this machine only. Use an SSH tunnel, or POST /api/state/backup, which stores it in the state directory',
  )
}
