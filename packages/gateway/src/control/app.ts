/**
 * The routes of the control plane: a thin skin over `ControlTarget`.
 */

import { isAbsolute } from 'node:path'
import { codeOf, type Logger, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import { unknownAccount } from '../host/channels.ts'
import { refuseForeignHosts, requireToken } from './guard.ts'
import type { ControlTarget } from './target.ts'

const maxBodyBytes = 64 * 1024

const decision = z.strictObject({
  code: z.string().min(1).max(64),
  accountId: z.string().optional(),
  notify: z.boolean().default(false),
})
const revocation = z.strictObject({ senderId: z.string().min(1), accountId: z.string().optional() })
const sendOrder = z.strictObject({
  accountId: z.string().optional(),
  to: z.string().min(1),
  text: z.string().default(''),
  media: z.string().refine(isAbsolute, 'an absolute path is needed').optional(),
  queue: z.boolean().default(false),
})
const outboxQuery = z.object({
  which: z.enum(['waiting', 'failed']).default('waiting'),
  account: z.string().optional(),
})
const outboxChange = z.strictObject({
  action: z.enum(['retry', 'drop']),
  ids: z.array(z.string().min(1).max(64)).min(1).max(1_000),
  accountId: z.string().optional(),
})

const conversation = z.strictObject({ kind: z.enum(['direct', 'group']), id: z.string().min(1) })
const explainOrder = z.strictObject({
  accountId: z.string().optional(),
  conversation,
  senderId: z.string().min(1),
  mentioned: z.boolean().default(false),
  text: z.string().default(''),
})
const accountOrder = z.strictObject({ accountId: z.string().optional() })
const verifyCode = z.strictObject({ accountId: z.string(), code: z.string().regex(/^\d{1,12}$/) })

export interface ControlAppOptions {
  readonly token: string
  readonly target: ControlTarget
  readonly log: Logger
}

export function createControlApp({ token, target, log }: ControlAppOptions): Hono {
  const app = new Hono()
  app.use(refuseForeignHosts)
  app.get('/healthz', (context) => context.json({ status: 'ok' }))
  app.get('/readyz', (context) =>
    target.ready() ? context.json({ status: 'ready' }) : context.json({ status: 'starting' }, 503),
  )
  app.get('/metrics', requireToken(token), async (context) => {
    const { contentType, text } = await target.metrics()
    return context.body(text, 200, { 'Content-Type': contentType })
  })
  app.use('/api/*', requireToken(token), bodyLimit({ maxSize: maxBodyBytes, onError: bodyTooLarge }))
  app.get('/api/status', async (context) => context.json(await target.status()))
  addPairing(app, target)
  addLifeCycle(app, target)
  addChannels(app, target)
  app.notFound((context) => context.json(failure('not-found', 'there is nothing at this address'), 404))
  app.onError((error, context) => {
    const status = statusOf(error)
    if (status >= 500) log.error({ err: error, path: context.req.path }, 'Control request failed')
    const message = status === 500 ? 'internal error; the log has it' : messageOf(error)
    return context.json(failure(codeOf(error), message), status)
  })
  return app
}

function addChannels(app: Hono, target: ControlTarget): void {
  app.post('/api/send', async (context) => {
    const { media, ...order } = await body(context, sendOrder)
    const file = media === undefined ? {} : { media: { source: { path: media } } }
    return context.json(await target.send({ ...order, ...file }))
  })
  app.get('/api/outbox', async (context) => {
    const { which, account } = checked(outboxQuery, context.req.query())
    return context.json({ items: await target.listOutbox(which, account) })
  })
  app.post('/api/outbox', async (context) =>
    context.json({ changed: await target.changeOutbox(await body(context, outboxChange)) }),
  )
  app.post('/api/channels/verify-code', async (context) => {
    const { accountId, code } = await body(context, verifyCode)
    await target.submitVerifyCode(accountId, code)
    return context.json({ status: 'submitted' }, 202)
  })
  app.post('/api/channels/explain', async (context) =>
    context.json(await target.explain(await body(context, explainOrder))),
  )
  app.post('/api/channels/logout', async (context) => {
    const { accountId } = await body(context, accountOrder)
    return context.json({ loggedOut: await target.logout(accountId) })
  })
  app.post('/api/channels/probe', async (context) => {
    const { accountId } = await body(context, accountOrder)
    const problem = await failureOf(target.probe(accountId))
    return context.json({ answers: problem === undefined, problem })
  })
}

function addPairing(app: Hono, target: ControlTarget): void {
  app.get('/api/pairing', async (context) =>
    context.json(await pairingOf(target, context.req.query('account'))),
  )
  app.post('/api/pairing/approve', async (context) => {
    const { code, accountId, notify } = await body(context, decision)
    const approved = await target.pairing().approve(code, accountId)
    const notifyError = notify ? await failureOf(target.notifyApproved(approved)) : undefined
    return context.json({ approved, notified: notify && notifyError === undefined, notifyError })
  })
  app.post('/api/pairing/reject', async (context) => {
    const { code, accountId } = await body(context, decision)
    return context.json({ rejected: await target.pairing().reject(code, accountId) })
  })
  app.post('/api/pairing/revoke', async (context) => {
    const { senderId, accountId: named } = await body(context, revocation)
    const accountId = named ?? (await soleAccountOf(target, senderId))
    await target.revoke(senderId, accountId)
    return context.json({ revoked: { senderId, accountId } })
  })
}

/** Of an account that is gone from the configuration, too, as long as it has approvals. @throws `account-unknown` */
async function pairingOf(target: ControlTarget, accountId: string | undefined) {
  const lists = await target.pairing().list(accountId)
  if (accountId === undefined || lists.pending.length + lists.approved.length > 0) return lists
  const { accounts } = await target.status()
  if (accounts.some((account) => account.accountId === accountId)) return lists
  throw unknownAccount(accountId, accounts)
}

/** The account that a person is approved for, where the operator named none. */
async function soleAccountOf(target: ControlTarget, senderId: string): Promise<string> {
  const approved = (await target.pairing().list()).approved.filter((one) => one.senderId === senderId)
  const [first, second] = approved.map(({ accountId }) => accountId)
  if (first === undefined) throw new MoltbotError('pairing-not-approved', `${senderId} is not approved`)
  if (second === undefined) return first
  const names = approved.map(({ accountId }) => accountId).join(', ')
  throw new MoltbotError(
    'account-needed',
    `${senderId} is approved for several accounts, say which: ${names}`,
  )
}

function addLifeCycle(app: Hono, target: ControlTarget): void {
  app.post('/api/gateway/stop', (context) => {
    target.stop()
    context.header('Connection', 'close') // Or the server would wait for this one to be idle.
    return context.json({ status: 'stopping' }, 202)
  })
  app.post('/api/gateway/restart', (context) => {
    target.restart()
    return context.json({ status: 'restarting' }, 202)
  })
  app.post('/api/gateway/reload', async (context) => {
    await target.reload()
    return context.json({ status: 'reloaded' })
  })
}

async function body<Schema extends z.ZodType>(context: Context, schema: Schema): Promise<z.output<Schema>> {
  const json: unknown = await context.req.json().catch((cause: unknown) => {
    throw new MoltbotError('bad-request', 'the body is not JSON', { cause })
  })
  return checked(schema, json)
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new MoltbotError('bad-request', z.prettifyError(parsed.error))
  return parsed.data
}

/** The message of a failure that is part of the answer: an approval is valid even when its sender could not be notified. */
const failureOf = (work: Promise<void>): Promise<string | undefined> => work.then(() => undefined, messageOf)

const bodyTooLarge = (context: Context) =>
  context.json(failure('body-too-large', `a body has at most ${maxBodyBytes} bytes`), 413)

const failure = (code: string, message: string) => ({ error: { code, message } })

/** What is not here is the caller's conflict with the state of things. */
const statusByCode: Readonly<Record<string, ContentfulStatusCode>> = {
  'bad-request': 400,
  'account-needed': 400,
  'nothing-to-send': 400,
  'media-unreadable': 400,
  'account-unknown': 404,
  'pairing-code-unknown': 404,
  'pairing-not-approved': 404,
  'pairing-expired': 410,
  'media-too-large': 413,
  'config-invalid': 422,
  'pairing-locked': 429,
  'gateway-busy': 503,
  stopping: 503,
}

function statusOf(error: unknown): ContentfulStatusCode {
  return error instanceof MoltbotError ? (statusByCode[error.code] ?? 409) : 500
}
