/**
 * What a request to the push API says, in each way in which tools can send it: JSON, a plain text, a form with a file, or a
 * tool's own JSON. `target` and the rest may stand in the query as well, for tools whose body is fixed.
 */

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyHeaders } from '@fastify/busboy'
import { MoltbotError } from '@moltbot/channel-sdk'
import type { Context } from 'hono'
import { z } from 'zod'
import { maxPushText, pushInput } from '../api/push-routes.ts'
import type { PushOrder } from '../push/push-desk.ts'
import { textOfTool, toolFormats } from '../push/tool-formats.ts'
import { maxUploadBytes, tooLarge, type Upload, type Uploads } from '../push/uploads.ts'
import { checked, jsonBody, textBody } from './request-body.ts'

/** A notification of Alertmanager may hold a thousand alerts. */
const maxPushBodyBytes = 1024 * 1024
const maxFields = 10

const query = z.object({
  target: z.string().optional(),
  title: z.string().optional(),
  format: z.enum(toolFormats).optional(),
})

export interface ReadPush {
  readonly order: PushOrder
  /** Deletes the upload, if there is one. Never rejects. */
  readonly end: () => Promise<void>
}

const nothing = async () => undefined

/** @throws `bad-request`, `body-too-large`, `body-unsupported`, and what `Uploads.keep` throws */
export async function readPush(context: Context, uploads: Uploads): Promise<ReadPush> {
  const { format, ...given } = checked(query, context.req.query())
  const key = context.req.header('idempotency-key')
  const about = defined({ ...given, idempotencyKey: key })
  const type = /^[^;\s]*/.exec(context.req.header('content-type') ?? '')?.[0].toLowerCase()
  if (format !== undefined)
    return {
      order: orderOf({ ...about, text: textOfTool(format, await jsonBody(context, maxPushBodyBytes)) }),
      end: nothing,
    }
  if (type === 'application/json') {
    const body = await jsonBody(context, maxPushBodyBytes)
    if (typeof body === 'object' && body !== null && 'file' in body) throw fileByPath()
    return { order: orderOf({ ...about, ...Object(body) }), end: nothing }
  }
  if (type === 'text/plain')
    return { order: orderOf({ ...about, text: await textBody(context, maxPushBodyBytes) }), end: nothing }
  if (type === 'multipart/form-data' || type === 'application/x-www-form-urlencoded')
    return readForm(context, about, uploads)
  const types = 'application/json, text/plain or multipart/form-data'
  throw new MoltbotError('body-unsupported', `the Content-Type of a push is ${types}`)
}

async function readForm(context: Context, about: object, uploads: Uploads): Promise<ReadPush> {
  const fields: Record<string, string> = {}
  const form = new Busboy({
    headers: headersOf(context),
    limits: { files: 1, fields: maxFields, fieldSize: 4 * maxPushText, fileSize: maxUploadBytes + 1 },
  })
  let upload: Promise<Upload> | undefined
  let refused: MoltbotError | undefined
  form.on('field', (name, value, _nameIsCut, valueIsCut) => {
    if (valueIsCut)
      refused = new MoltbotError('body-too-large', `the field ${JSON.stringify(name)} is too long`)
    if (name === 'file') refused = fileByPath()
    fields[name] = value
  })
  form.on('file', (name, content, fileName) => {
    if (name === 'file') {
      upload = uploads.keep(fileName ?? 'file', content)
      upload.catch(() => content.resume()) // Reported below; the form is read to its end.
    } else {
      refused = new MoltbotError('bad-request', 'the file of a form is in the field "file"')
      content.resume()
    }
  })
  const parsed = await pipeline(bodyOf(context), form).then(
    () => undefined,
    (error: unknown) => (error instanceof MoltbotError ? error : brokenForm(error)),
  )
  const file = await upload?.catch((error: unknown) => {
    refused ??= error instanceof MoltbotError ? error : brokenForm(error)
    return undefined
  })
  const end = file?.remove ?? nothing
  try {
    const problem = refused ?? parsed
    if (problem !== undefined) throw problem
    return { order: { ...orderOf({ ...about, ...fields }), file }, end }
  } catch (error) {
    await end()
    throw error
  }
}

function orderOf(given: object): PushOrder {
  return checked(pushInput, given)
}

/** At most as much as a file and its fields need. */
async function* limited(body: Readable): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of body) {
    bytes += piece.length
    if (bytes > maxUploadBytes + maxPushBodyBytes) throw tooLarge()
    yield piece
  }
}

function bodyOf(context: Context): Readable {
  const { body } = context.req.raw
  return Readable.from(limited(body === null ? Readable.from([]) : Readable.fromWeb(body)))
}

function headersOf(context: Context): BusboyHeaders {
  return { ...context.req.header(), 'content-type': context.req.header('content-type') ?? '' }
}

function defined(values: Readonly<Record<string, string | undefined>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

const brokenForm = (cause: unknown) => new MoltbotError('bad-request', 'the form cannot be read', { cause })

const fileByPath = () =>
  new MoltbotError(
    'bad-request',
    'a file is uploaded as multipart/form-data, in the field "file" (curl: -F file=@FILE); a path names no file here',
  )
