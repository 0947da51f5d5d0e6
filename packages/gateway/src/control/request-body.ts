/**
 * What a request to the control plane says, checked against its schema.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { Context, MiddlewareHandler } from 'hono'
import { z } from 'zod'
import { routes } from '../api/routes.ts'

const usualMaxBytes = 64 * 1024

/** Refuses a body that is announced as too large, also where nothing reads it. */
export const refuseLargeBodies: MiddlewareHandler = async (context, next) => {
  const maxBytes = maxBytesAt.get(`${context.req.method} ${context.req.path}`) ?? usualMaxBytes
  if (Number(context.req.header('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  return next()
}

const maxBytesAt: ReadonlyMap<string, number | undefined> = new Map(
  Object.values(routes).map(({ method, path, maxBodyBytes }) => [`${method} ${path}`, maxBodyBytes]),
)

/** No body counts as an empty object. @throws `bad-request`, `body-too-large` */
export async function jsonBody(context: Context, maxBytes = usualMaxBytes): Promise<unknown> {
  return jsonOf(await textOf(context.req.raw, maxBytes))
}

/** @throws `body-too-large` */
export function textBody(context: Context, maxBytes: number): Promise<string> {
  return textOf(context.req.raw, maxBytes)
}

/** Hono's own limit fails for a body whose length is not announced, as curl sends one with `-X POST` alone. */
async function textOf({ body: stream }: Request, maxBytes: number): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of stream ?? []) {
    bytes += piece.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}

const tooLarge = (maxBytes: number) =>
  new MoltbotError('body-too-large', `a body has at most ${maxBytes} bytes`)

/** @throws `bad-request` */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new MoltbotError('bad-request', z.prettifyError(parsed.error))
  return parsed.data
}

function jsonOf(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch (cause) {
    throw new MoltbotError('bad-request', 'the body is not JSON', { cause })
  }
}
