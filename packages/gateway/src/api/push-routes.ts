/**
 * The routes for other programs: they take tokens of their own, bodies that are no JSON, and an id in the path, so they are
 * described here and served by `control/push-routes.ts`.
 */

import { z } from 'zod'
import { targetName } from '../config/targets-schema.ts'
import { pushStates } from '../push/push-store.ts'
import type { Route } from './route.ts'

/** UTF-16 units. */
export const maxPushText = 20_000
const maxTitle = 200
const maxKey = 200

export const pushInput = z
  .strictObject({
    target: targetName,
    text: z.string().max(maxPushText).optional(),
    markdown: z.string().max(maxPushText).optional(),
    /** A line above the text. */
    title: z.string().max(maxTitle).optional(),
    /** A second push with it within a day is the first one. The header `Idempotency-Key` does the same. */
    idempotencyKey: z.string().min(1).max(maxKey).optional(),
  })
  .refine(({ text, markdown }) => text === undefined || markdown === undefined, {
    error: 'give a text or a markdown, not both',
  })

export const pushAnswer = z.object({
  id: z.string(),
  target: z.string(),
  accountId: z.string(),
  createdMs: z.number(),
  state: z.enum(pushStates),
  /** Why it waits or was given up; empty where there is nothing to say. */
  reason: z.string(),
  /** Messages that it became, and of them, those that the backend took. */
  chunks: z.number(),
  sent: z.number(),
})

export const pushRoutes = {
  push: {
    method: 'POST',
    path: '/api/push',
    summary:
      'Sends a message to a target; also as text/plain, or as a form with a file. Needs a token with the scope push',
    input: pushInput,
    answer: pushAnswer,
  },
  pushStatus: {
    method: 'GET',
    path: '/api/push/{id}',
    summary: 'What became of a pushed message',
    input: z.strictObject({ id: z.string() }),
    answer: pushAnswer,
  },
} as const satisfies Record<string, Route>
