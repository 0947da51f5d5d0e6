/**
 * The answers of the iLink endpoints. Control fields are strict, because acting on a misread one loses messages;
 * unknown fields are let through everywhere.
 */

import { z } from 'zod'
import { ILinkError } from '../errors.ts'
import { parseLossless } from './json.ts'

/** A number, or the text of one. */
const integer = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
])
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined)

const outcome = {
  ret: optional(integer),
  errcode: optional(integer),
  errmsg: optional(z.string().catch('')),
}

/** An id that may have come as a number, exact or as text; zero means none. */
const id = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .transform((value) =>
    value === undefined || value === null || value === '' || value === '0' ? undefined : value,
  )

const text = optional(z.string())

export const plainAnswer = z.object(outcome)

export const qrCodeAnswer = z.object({ ...outcome, qrcode: text, qrcode_img_content: text })

export const qrStatusAnswer = z.object({
  ...outcome,
  status: text,
  bot_token: text,
  ilink_bot_id: text,
  ilink_user_id: text,
  baseurl: text,
  redirect_host: text,
})
export type QrStatusAnswer = z.infer<typeof qrStatusAnswer>

export const updatesAnswer = z.object({
  ...outcome,
  msgs: z
    .array(z.unknown())
    .nullish()
    .transform((value) => value ?? []),
  get_updates_buf: text,
  longpolling_timeout_ms: optional(z.number().catch(0)),
})
export type UpdatesAnswer = z.infer<typeof updatesAnswer>

export const sendAnswer = z.object({ ...outcome, message_id: id })

export const configAnswer = z.object({ ...outcome, typing_ticket: text })

export const uploadUrlAnswer = z.object({
  ...outcome,
  upload_param: text,
  upload_full_url: text,
  thumb_upload_param: text,
  thumb_upload_full_url: text,
})
export type UploadUrlAnswer = z.infer<typeof uploadUrlAnswer>

const parseJson = (label: string, body: string): unknown => {
  try {
    return parseLossless(body)
  } catch {
    throw new ILinkError('bad-response', `${label}: the answer is not JSON`, {
      retryable: true,
      certain: false,
    })
  }
}

/**
 * @throws ILinkError empty-response, bad-response. Both leave open whether the request took effect.
 */
export const readAnswer = <T extends z.ZodType>(label: string, schema: T, body: string): z.infer<T> => {
  if (body.trim() === '') {
    throw new ILinkError('empty-response', `${label}: the answer is empty`, {
      retryable: true,
      certain: false,
    })
  }
  const parsed = schema.safeParse(parseJson(label, body))
  if (parsed.success) return parsed.data
  const where = parsed.error.issues[0]?.path.join('.') ?? ''
  throw new ILinkError(
    'bad-response',
    `${label}: the answer has an unexpected shape (${where || 'no object'})`,
    {
      retryable: true,
      certain: false,
    },
  )
}
