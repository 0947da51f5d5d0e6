/**
 * The control plane over HTTP: the guards, the routes of `api/routes.ts`, and what is not JSON.
 */

import { codeOf, type Logger, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { openApiDocument } from '../api/openapi.ts'
import { pushRoutes } from '../api/push-routes.ts'
import { type RouteName, routeNames, routes } from '../api/routes.ts'
import { forwarding } from '../cluster/forwarding.ts'
import { BrowserSessions } from '../dashboard/browser-sessions.ts'
import { withoutTexts } from '../dashboard/hidden-texts.ts'
import { RateLimited } from '../push/rate-limit.ts'
import { addDashboard } from './dashboard-routes.ts'
import { streamEvents } from './event-stream.ts'
import { addFileRoutes, filePath } from './file-routes.ts'
import { type ControlEnv, refuseForeignHosts, refuseForeignOrigins, requireAccess } from './guard.ts'
import { createHandlers, withDashboard } from './handlers.ts'
import { addMcp } from './mcp-routes.ts'
import { pageHeaders } from './page-headers.ts'
import { noncePattern, proofOf } from './proof.ts'
import { addPush } from './push-routes.ts'
import { checked, jsonBody, refuseLargeBodies } from './request-body.ts'
import { addStateRoutes } from './state-routes.ts'
import type { ControlTarget } from './target.ts'

export interface ControlAppOptions {
  readonly token: string
  readonly target: ControlTarget
  readonly log: Logger
  /** The one that the server listens on. */
  readonly boundPort: () => number
}

/** What is no described route and is for the dashboard nevertheless. */
const streamForBrowsers = 'GET /api/events'
const forBrowsers: ReadonlySet<string> = new Set([
  streamForBrowsers,
  `GET ${filePath}`,
  ...Object.values(routes).flatMap((route) => (route.forBrowsers ? `${route.method} ${route.path}` : [])),
])

export function createControlApp({ token, target, log, boundPort }: ControlAppOptions): Hono<ControlEnv> {
  const app = new Hono<ControlEnv>()
  const sessions = new BrowserSessions()
  app.use(
    pageHeaders,
    refuseForeignHosts(() => target.publicHosts()),
    refuseForeignOrigins,
  )
  app.get('/healthz', (context) => {
    const nonce = context.req.query('nonce') ?? ''
    const proof = noncePattern.test(nonce) ? { proof: proofOf(token, boundPort(), nonce) } : {}
    return context.json({ status: 'ok', ...proof })
  })
  app.get('/readyz', (context) =>
    target.ready() ? context.json({ status: 'ready' }) : context.json({ status: 'starting' }, 503),
  )
  const guarded = requireAccess({ token, sessions, forBrowsers })
  app.get('/metrics', guarded, async (context) => {
    const { contentType, text } = await target.metrics()
    return context.body(text, 200, { 'Content-Type': contentType })
  })
  addPush(app, { token, target })
  addMcp(app, { token, target, log })
  app.use('/api/*', refuseLargeBodies)
  addDashboard(app, sessions)
  app.use('/api/*', guarded)
  const handlers = withDashboard(
    forwarding(createHandlers(target), () => target.peers()),
    sessions,
  )
  const here = routeNames.filter((name) => target.phone !== undefined || !routes[name].sandboxOnly)
  for (const name of here) addRoute(app, name, handlers, target)
  addStateRoutes(app, target)
  addFileRoutes(app, target)
  app.get('/api/events', (context) => streamEvents(context, target.events, context.var.session?.over))
  const described = Object.fromEntries(here.map((name) => [name, routes[name]]))
  app.get('/api/openapi.json', (context) => context.json(openApiDocument({ ...described, ...pushRoutes })))
  app.notFound((context) => context.json(failure('not-found', 'there is nothing at this address'), 404))
  app.onError((error, context) => {
    const status = statusOf(error)
    if (status >= 500) log.error({ err: error, path: context.req.path }, 'Control request failed')
    // What was not read of a body is in the way of the next request on its connection.
    if (status === 413) context.header('Connection', 'close')
    if (error instanceof RateLimited)
      context.header('Retry-After', String(Math.ceil(error.retryAfterMs / 1000)))
    const message = status === 500 ? 'internal error; the log has it' : messageOf(error)
    return context.json(failure(codeOf(error), message), status)
  })
  return app
}

/** One route, whose input is checked before its handler sees it. */
function addRoute<Name extends RouteName>(
  app: Hono<ControlEnv>,
  name: Name,
  handlers: ReturnType<typeof withDashboard>,
  target: Pick<ControlTarget, 'showsTexts'>,
): void {
  const { method, path, input, status, maxBodyBytes } = routes[name]
  const given =
    method === 'GET'
      ? async (context: Context) => context.req.query()
      : (context: Context) => jsonBody(context, maxBodyBytes)
  app.on(method, path, async (context) => {
    const answer = await handlers[name](checked(input, await given(context)))
    // Or a server that stops would wait for this connection to be idle.
    if (name === 'stop') context.header('Connection', 'close')
    const isHidden = context.var.session !== undefined && !target.showsTexts()
    return context.json(isHidden ? withoutTexts(name, answer) : answer, status)
  })
}

const failure = (code: string, message: string) => ({ error: { code, message } })

/** What is not here is the caller's conflict with the state of things. */
const statusByCode: Readonly<Record<string, ContentfulStatusCode>> = {
  'bad-request': 400,
  'account-needed': 400,
  'nothing-to-send': 400,
  'media-unreadable': 400,
  'not-from-here': 403,
  'texts-hidden': 403,
  'file-gone': 404,
  'account-unknown': 404,
  'person-unknown': 404,
  'group-unknown': 404,
  'file-unknown': 404,
  'target-refused': 403,
  'reading-refused': 403,
  'target-unknown': 404,
  'push-unknown': 404,
  'token-unknown': 404,
  'body-unsupported': 415,
  'too-many-requests': 429,
  'too-many-pushes': 429,
  'too-many-uploads': 503,
  'pairing-code-unknown': 404,
  'pairing-not-approved': 404,
  'pairing-expired': 410,
  'body-too-large': 413,
  'media-too-large': 413,
  'config-invalid': 422,
  'pairing-locked': 429,
  'too-many-listeners': 503,
  'gateway-busy': 503,
  'gateway-silent': 503,
  'media-no-room': 507,
  stopping: 503,
}

function statusOf(error: unknown): ContentfulStatusCode {
  return error instanceof MoltbotError ? (statusByCode[error.code] ?? 409) : 500
}
