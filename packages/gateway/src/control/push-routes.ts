/**
 * `POST /api/push` and `GET /api/push/ID`, for the operator and for programs with a token of the scope push.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { Context, Hono } from 'hono'
import type { PushAnswer } from '../push/push-desk.ts'
import { type ControlEnv, callerOf, requireProgram } from './guard.ts'
import { readPush } from './push-request.ts'
import type { ControlTarget } from './target.ts'

export interface PushRoutesOptions {
  readonly token: string
  readonly target: Pick<ControlTarget, 'programs'>
}

const idPattern = /^[\w-]{1,64}$/

export function addPush(app: Hono<ControlEnv>, { token, target }: PushRoutesOptions): void {
  const check = (given: string) => target.programs().tokens.check(given)
  const guarded = requireProgram({ token, scope: 'push', check })
  app.post('/api/push', guarded, async (context) => {
    const { pushes, uploads } = target.programs()
    pushes.checkRate(callerOf(context))
    const { order, end } = await readPush(context, uploads)
    try {
      return answer(context, await pushes.push(callerOf(context), order))
    } finally {
      await end()
    }
  })
  app.get('/api/push/:id', guarded, async (context) => {
    const id = context.req.param('id')
    if (!idPattern.test(id)) throw new MoltbotError('push-unknown', 'there is no push with this id')
    return context.json(await target.programs().pushes.status(callerOf(context), id))
  })
}

/** 200: it was sent; 202: it waits; 409: it was given up at once, so that scripts notice. */
function answer(context: Context, push: PushAnswer): Response {
  if (push.state === 'queued' || push.state === 'parked') return context.json(push, 202)
  if (push.state === 'failed')
    return context.json({ ...push, error: { code: 'not-sent', message: push.reason } }, 409)
  return context.json(push, 200)
}
