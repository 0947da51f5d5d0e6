/**
 * Wechaty takes the payload of a puppet's event as it comes: one that is not what it should be throws inside the puppet,
 * or ends as a rejection that nobody can catch. So it is looked at before.
 */

import type { Puppet } from 'wechaty-puppet'
import { z } from 'zod'

const id = z.string().min(1)
const anything = z.looseObject({})

/** Of the events that move an account or a message; of the others it is enough that there is something. */
const schemas: Readonly<Record<string, z.ZodType>> = {
  message: z.looseObject({ messageId: id }),
  scan: z.looseObject({ status: z.number(), qrcode: z.string().optional() }),
  login: z.looseObject({ contactId: id }),
  logout: z.looseObject({ contactId: id, data: z.string().optional() }),
}
const ofUnknownShape: ReadonlySet<PropertyKey> = new Set(['error', 'start', 'stop'])

/** From now on an event that makes no sense becomes an `error` event. */
export function guardEvents(puppet: Puppet): void {
  const emit: (event: PropertyKey, ...payload: unknown[]) => boolean = puppet.emit.bind(puppet)
  const guarded = (event: PropertyKey, ...payload: unknown[]): boolean => {
    const schema = schemas[String(event)] ?? anything
    if (ofUnknownShape.has(event) || schema.safeParse(payload[0]).success) return emit(event, ...payload)
    return emit('error', new Error(`the puppet sent a "${String(event)}" event that makes no sense`))
  }
  Object.assign(puppet, { emit: guarded })
}
