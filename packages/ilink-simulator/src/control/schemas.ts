// The bodies of the control API. A body that does not fit is refused with the name of the field.

import { z } from 'zod'
import { isObject, type JsonObject } from '../json.ts'
import { type Endpoint, endpoints, faultKinds } from '../state/faults.ts'

const object = z.custom<JsonObject>(isObject, 'expected an object')
const id = z.string().min(1)
const decimalId = z.string().regex(/^\d{1,20}$/, 'expected a decimal number in a string')
const ms = z.int().min(0)

export const accountSchema = z.strictObject({ userId: id.optional(), botId: id.optional() })

export const qrSchema = z.strictObject({ qrcode: id })
export const confirmSchema = z.strictObject({ qrcode: id, userId: id.optional(), botId: id.optional() })
export const codeSchema = z.strictObject({ qrcode: id, code: z.string().regex(/^\d+$/, 'expected digits') })
export const redirectSchema = z.strictObject({ qrcode: id, host: id })

export const botSchema = z.strictObject({ botId: id })

export const inboundSchema = z.strictObject({
  botId: id,
  text: z.string().optional(),
  item: object.optional(),
  items: z.array(object).min(1).optional(),
  from: id.optional(),
  groupId: id.optional(),
  messageId: decimalId.optional(),
  createTimeMs: ms.optional(),
  extra: object.optional(),
})
export const batchSchema = z.array(inboundSchema)

/** An endpoint by its name here, or by the last part of its path. */
const endpointNames: Record<string, Endpoint> = {
  ...Object.fromEntries(endpoints.map((name) => [name, name])),
  get_bot_qrcode: 'getqr',
  get_qrcode_status: 'getqrstatus',
}
const endpoint = z.string().transform((name, context): Endpoint => {
  const found = Object.hasOwn(endpointNames, name) ? endpointNames[name] : undefined
  if (found) return found
  context.addIssue({ code: 'custom', message: `expected one of ${Object.keys(endpointNames).join(', ')}` })
  return z.NEVER
})

export const faultSchema = z.strictObject({
  endpoint,
  kind: z.enum(faultKinds),
  value: z.int().optional(),
  errmsg: z.string().optional(),
  times: z.int().min(1).default(1),
})

export const clockSchema = z.strictObject({ advanceMs: ms })
