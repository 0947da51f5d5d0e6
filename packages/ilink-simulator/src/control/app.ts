// The control API: how a test plays the user, the phone and bad luck.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { z } from 'zod'
import { controlText, parseJson } from '../json.ts'
import { maxControlBodyBytes, maxSentWaitMs } from '../limits.ts'
import { type Settings, type SettingsPatch, settingsPatchSchema, withPatch } from '../settings.ts'
import { type Binding, bindingOf } from '../state/bots.ts'
import { type World, wakeEverybody } from '../state/world.ts'
import type { Exchange } from '../wire/exchange.ts'
import { goneSignal, readBody, sendText } from '../wire/http.ts'
import { knownBot, receive, receiveAll } from './inbound.ts'
import { makeMedia, openMedia } from './media.ts'
import { confirm, expireCode, openCodes, redirect, requireCode, scan } from './qr.ts'
import { ControlRefusal } from './refusal.ts'
import * as schemas from './schemas.ts'

/** What the control API acts on; `reset` begins a new world. */
export type Stage = { world: () => World; reset: () => void }

type Query = URLSearchParams
/** Answers one request; `gone` aborts when the client has hung up. */
type Act = (text: string, query: Query, gone: AbortSignal) => object | Promise<object>

/** Serves the control API on requests whose paths may begin with `/control`. */
export function controlApi(stage: Stage): (exchange: Exchange) => Promise<void> {
  const routes = new Map(controlRoutes(stage))
  return async ({ request, response, url }) => {
    // Whether a client takes `controlUrl` with or without the `/control` of the paths, it arrives.
    const act = routes.get(`${request.method} ${url.pathname.replace(/^\/control(?=\/)/, '')}`)
    if (act === undefined)
      return sendError(response, 404, `no ${request.method} ${url.pathname} in the control API`)
    const text = await textOf(request)
    if (text === undefined) return sendError(response, 413, 'body too large')
    try {
      sendJson(response, 200, await act(text, url.searchParams, goneSignal(response)))
    } catch (error) {
      if (error instanceof ControlRefusal) return sendError(response, error.status, error.message)
      console.error(error)
      sendError(response, 500, error instanceof Error ? error.message : `${error}`)
    }
  }
}

function textOf(request: IncomingMessage): Promise<string | undefined> | string {
  return request.method === 'GET' ? '' : readBody(request, maxControlBodyBytes)
}

function controlRoutes({ world, reset }: Stage): [string, Act][] {
  const get = (path: string, act: (query: Query, gone: AbortSignal) => object): [string, Act] => [
    `GET ${path}`,
    (_text, query, gone) => act(query, gone),
  ]
  const post = <S extends z.ZodType>(
    path: string,
    schema: S,
    act: (body: z.output<S>) => object,
  ): [string, Act] => [`POST ${path}`, (text) => act(bodyOf(text, schema))]
  const command = (path: string, act: () => void): [string, Act] => [
    `POST ${path}`,
    () => {
      act()
      return {}
    },
  ]
  return [
    command('/reset', reset),
    post('/accounts', schemas.accountSchema, (wish) =>
      bindingOf(world().bots.bind(wish, world().clock.now())),
    ),
    get('/qr', () => openCodes(world())),
    post('/qr/scan', schemas.qrSchema, ({ qrcode }) => scan(world(), qrcode)),
    post('/qr/confirm', schemas.confirmSchema, (wish) => confirm(world(), wish)),
    post('/qr/expire', schemas.qrSchema, ({ qrcode }) => expireCode(world(), qrcode)),
    post('/qr/require-code', schemas.codeSchema, ({ qrcode, code }) => requireCode(world(), qrcode, code)),
    post('/qr/redirect', schemas.redirectSchema, ({ qrcode, host }) => redirect(world(), qrcode, host)),
    post('/inbound', schemas.inboundSchema, (inbound) => receive(world(), inbound)),
    post('/inbound/batch', schemas.batchSchema, (batch) => receiveAll(world(), batch)),
    get('/sent', (query, gone) => sentWithin(world, query, gone)),
    get('/heard', (query) => heardAfter(world(), query)),
    get('/typing', (query) => typingTo(world(), query.get('botId') ?? '')),
    get('/media', (query) => openMedia(world(), query.get('param') ?? '')),
    get('/requests', (query) => world().requests.after(numberOf(query, 'after'))),
    post('/media', schemas.mediaSchema, (order) => makeMedia(world(), order)),
    post('/faults', schemas.faultSchema, (order) => addFault(world(), order)),
    command('/faults/clear', () => world().faults.clear()),
    post('/clock', schemas.clockSchema, ({ advanceMs }) => advance(world(), advanceMs)),
    post('/settings', settingsPatchSchema, (patch) => change(world(), patch)),
    post('/session/expire', schemas.botSchema, ({ botId }) => expireSession(world(), botId)),
  ]
}

/** A held poll meets the fault at once, as it would with a gateway that gives up on it. */
function addFault(world: World, { times, ...fault }: z.output<typeof schemas.faultSchema>): object {
  if (world.faults.isFull) throw new ControlRefusal(409, 'endpoint: too many faults are waiting')
  world.faults.add(fault, times)
  wakeEverybody(world)
  return { ...fault, times }
}

function advance(world: World, byMs: number): { nowMs: number } {
  world.clock.advance(byMs)
  wakeEverybody(world)
  return { nowMs: world.clock.now() }
}

function change(world: World, patch: SettingsPatch): Settings {
  world.settings = withPatch(world.settings, patch)
  return world.settings
}

/** Messages with a `seq` above `after`. While there are none, waits for one, up to `waitMs`. */
async function sentWithin(world: () => World, query: Query, gone: AbortSignal) {
  const [seq, botId] = [numberOf(query, 'after'), query.get('botId')]
  const untilMs = performance.now() + Math.min(numberOf(query, 'waitMs'), maxSentWaitMs)
  for (;;) {
    const { sent, sentWaiters } = world()
    const found = sent.after(seq).filter((one) => botId === null || one.botId === botId)
    const leftMs = untilMs - performance.now()
    if (found.length > 0 || leftMs <= 0 || gone.aborted) return found
    await sentWaiters.wait(leftMs, gone)
  }
}

function heardAfter({ heard }: World, query: Query): object[] {
  const botId = query.get('botId')
  return heard.after(numberOf(query, 'after')).filter((one) => botId === null || one.botId === botId)
}

/** The users whose phones show that the bot is typing. */
function typingTo(world: World, botId: string): string[] {
  const conversations = [...knownBot(world, botId).conversations.values()]
  return conversations.flatMap(({ isTyping, userId }) => (isTyping ? [userId] : []))
}

function expireSession(world: World, botId: string): Binding {
  const bot = knownBot(world, botId)
  world.bots.expire(bot, world.clock.now())
  return bindingOf(bot)
}

function numberOf(query: Query, name: string): number {
  const text = query.get(name) ?? '0'
  if (!/^\d{1,15}$/.test(text)) throw new ControlRefusal(400, `${name}: expected a number`)
  return Number(text)
}

function bodyOf<S extends z.ZodType>(text: string, schema: S): z.output<S> {
  const result = schema.safeParse(parsedBody(text))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new ControlRefusal(400, `${issue?.path.join('.') || 'body'}: ${issue?.message}`)
}

function parsedBody(text: string): unknown {
  try {
    return text === '' ? {} : parseJson(text)
  } catch {
    throw new ControlRefusal(400, 'body: not JSON')
  }
}

function sendError(response: ServerResponse, status: number, error: string): void {
  sendJson(response, status, { error })
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  sendText(response, status, controlText(body), 'application/json')
}
