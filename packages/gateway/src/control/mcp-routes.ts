/**
 * `/mcp`: the MCP server, for the operator and for programs with a token of the scope mcp. `?target=NAME` narrows what the
 * caller reaches.
 */

import { type Logger, MoltbotError } from '@moltbot/channel-sdk'
import type { Context, Hono } from 'hono'
import { narrowed } from '../push/callers.ts'
import { RateLimit } from '../push/rate-limit.ts'
import { type ControlEnv, callerOf, requireProgram } from './guard.ts'
import { jsonBody } from './request-body.ts'
import type { ControlTarget } from './target.ts'

export interface McpRoutesOptions {
  readonly token: string
  readonly target: Pick<ControlTarget, 'programs'>
  readonly log: Logger
}

const maxBodyBytes = 256 * 1024
/** Of one caller. */
const requestsPerMinute = 300

export function addMcp(app: Hono<ControlEnv>, { token, target, log }: McpRoutesOptions): void {
  const check = (given: string) => target.programs().tokens.check(given)
  const rate = new RateLimit(requestsPerMinute)
  app.use('/mcp', requireProgram({ token, scope: 'mcp', check }))
  app.post('/mcp', async (context) => {
    const body = await jsonBody(context, maxBodyBytes)
    // MCP has no batches any more, and one request could be thousands.
    if (Array.isArray(body)) throw new MoltbotError('bad-request', 'batches are not served')
    rate.use(callerOf(context).tokenId)
    const caller = narrowed(callerOf(context), context.req.queries('target') ?? [])
    const { answerMcp } = await import('../mcp-server/http.ts')
    return answerMcp(context.req.raw, body, { caller, programs: target.programs(), log })
  })
  app.all('/mcp', noStreams)
}

/** As the specification wants it of a server without streams and sessions. */
function noStreams(context: Context): Response {
  context.header('Allow', 'POST')
  const error = { code: -32000, message: 'this server has no streams and no sessions: use POST' }
  return context.json({ jsonrpc: '2.0', error, id: null }, 405)
}
