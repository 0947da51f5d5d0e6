// The bodies of the control API. A body that does not fit is refused with the name of the field.

import { z } from 'zod'
import { isObject, type JsonObject } from '../json.ts'
import { maxDelayMs, maxUploadBytes } from '../limits.ts'
import { type Endpoint, endpoints, faultKinds } from '../state/faults.ts'

const object = z.custom<JsonObject>(isObject, 'expected an object')
const id = z.string().min(1)
const decimalId = z
  .string()
  .regex(/^\d{1,20}$/, { error: 'expected a decimal number in a string', abort: true })
  .refine((text) => BigInt.asUintN(64, BigInt(text)) === BigInt(text), 'expected at most 64 bits')
const ms = z.int().min(0)

export const accountSchema = z.strictObject({ userId: id.optional(), botId: id.optional() })

export const qrSchema = z.strictObject({ qrcode: id })
export const confirmSchema = z.strictObject({ qrcode: id, userId: id.optional(), botId: id.optional() })
export const codeSchema = z.strictObject({ qrcode: id, code: z.string().regex(/^\d+$/, 'expected digits') })
export const redirectSchema = z.strictObject({ qrcode: id, host: id })

export const botSchema = z.strictObject({ botId: id })

/** How the quoted message is named: whole, by placeholders without its content, or by its id alone. */
export const quoteSchema = z.strictObject({
  shape: z.enum(['full', 'type8', 'type0', 'untyped', 'id']).default('full'),
  messageId: decimalId.optional(),
  /** Words, or an item, to quote instead of what the simulator remembers under `messageId`. */
  text: z.string().optional(),
  item: object.optional(),
  title: z.string().optional(),
  createTimeMs: ms.optional(),
  /** A part of the quoted text, from the n-th `start` to the n-th `end`, counted from 0. */
  partial: z
    .strictObject({
      start: z.string(),
      end: z.string(),
      startIndex: z.int().min(0).default(0),
      endIndex: z.int().min(0).default(0),
      md5: z.string().optional(),
    })
    .optional(),
})

export const inboundSchema = z.strictObject({
  botId: id,
  text: z.string().optional(),
  item: object.optional(),
  items: z.array(object).min(1).optional(),
  from: id.optional(),
  quote: quoteSchema.optional(),
  groupId: id.optional(),
  messageId: decimalId.optional(),
  createTimeMs: ms.optional(),
  extra: object.optional(),
})
export const batchSchema = z.array(inboundSchema)

export const mediaSchema = z.strictObject({
  kind: z.enum(['image', 'voice', 'file', 'video']),
  name: z.string().optional(),
  base64: z.base64().optional(),
  /** Bytes of random content, instead of `base64`. */
  size: z
    .int()
    .min(0)
    .max(maxUploadBytes - 16)
    .optional(),
  /** Of a voice message: what the service has understood. */
  text: z.string().optional(),
  playTimeMs: ms.default(1_000),
  /** Live voice messages carried 4 at 16,000 Hz although they are SILK; 6 at 24,000 is what SILK should say. */
  encodeType: z.int().default(4),
  sampleRate: z.int().default(16_000),
  /** `base64` is a WAV file, which a voice message carries as SILK and with its true length, as phones record it. */
  fromWav: z.boolean().default(false),
  /** Tell a key that does not open the medium, as the CDN has done for files sent before. */
  wrongKey: z.boolean().default(false),
  /** The CDN has the first bytes of the encrypted medium only. */
  truncateTo: z.int().min(0).optional(),
})

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

export const faultSchema = z
  .strictObject({
    endpoint,
    kind: z.enum(faultKinds),
    /** An HTTP status, a `ret`, or milliseconds, by kind. */
    value: z.int().max(maxDelayMs).optional(),
    errmsg: z.string().optional(),
    times: z.int().min(1).default(1),
  })
  .refine(({ kind, value = 500 }) => kind !== 'status' || (value >= 200 && value <= 599), {
    path: ['value'],
    message: 'expected an HTTP status from 200 to 599',
  })

export const clockSchema = z.strictObject({ advanceMs: ms })
