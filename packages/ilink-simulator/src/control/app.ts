// The control API: how a test plays the user, the phone and bad luck.

import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { z } from 'zod'
import { controlText, parseJson } from '../json.ts'
import { maxControlBodyBytes, maxSentWaitMs } from '../limits.ts'
import { type Settings, type SettingsPatch, settingsPatchSchema, withPatch } from '../settings.ts'
import { type Binding, bindingOf } from '../state/bots.ts'
import { type World, wakeEverybody } from '../state/world.ts'
import { knownBot, receive, receiveAll } from './inbound.ts'
import { makeMedia } from './media.ts'
import { confirm, expireCode, openCodes, redirect, requireCode, scan } from './qr.ts'
import { ControlRefusal } from './refusal.ts'
import * as schemas from './schemas.ts'

/** What the control API acts on; `reset` begins a new world. */
export type Stage = { world: () => World; reset: () => void }

export function controlApp(stage: Stage): Hono {
  const app = new Hono()
  app.use(
    bodyLimit({ maxSize: maxControlBodyBytes, onError: (c) => c.json({ error: 'body too large' }, 413) }),
  )
  app.onError((error, c) => {
    if (error instanceof ControlRefusal) return c.json({ error: error.message }, error.status)
    console.error(error)
    return c.json({ error: error.message }, 500)
  })
  app.notFound((c) => c.json({ error: `no ${c.req.method} ${c.req.path} in the control API` }, 404))
  const routes = controlRoutes(stage)
  // Whether a client takes `controlUrl` with or without the `/control` of the paths, it arrives.
  return app.route('/control', routes).route('/', routes)
}

function controlRoutes({ world, reset }: Stage): Hono {
  const app = new Hono()
  const post = <S extends z.ZodType>(path: string, schema: S, act: (body: z.output<S>) => object) =>
    app.post(path, async (c) => json(c, act(await bodyOf(c, schema))))

  app.post('/reset', (c) => {
    reset()
    return json(c, {})
  })
  post('/accounts', schemas.accountSchema, (wish) => bindingOf(world().bots.bind(wish, world().clock.now())))
  app.get('/qr', (c) => json(c, openCodes(world())))
  post('/qr/scan', schemas.qrSchema, ({ qrcode }) => scan(world(), qrcode))
  post('/qr/confirm', schemas.confirmSchema, (wish) => confirm(world(), wish))
  post('/qr/expire', schemas.qrSchema, ({ qrcode }) => expireCode(world(), qrcode))
  post('/qr/require-code', schemas.codeSchema, ({ qrcode, code }) => requireCode(world(), qrcode, code))
  post('/qr/redirect', schemas.redirectSchema, ({ qrcode, host }) => redirect(world(), qrcode, host))
  post('/inbound', schemas.inboundSchema, (inbound) => receive(world(), inbound))
  post('/inbound/batch', schemas.batchSchema, (batch) => receiveAll(world(), batch))
  app.get('/sent', async (c) => json(c, await sentWithin(world, c)))
  app.get('/requests', (c) => json(c, world().requests.after(numberOf(c, 'after'))))
  post('/media', schemas.mediaSchema, (order) => makeMedia(world(), order))
  post('/faults', schemas.faultSchema, (order) => addFault(world(), order))
  app.post('/faults/clear', (c) => {
    world().faults.clear()
    return json(c, {})
  })
  post('/clock', schemas.clockSchema, ({ advanceMs }) => advance(world(), advanceMs))
  post('/settings', settingsPatchSchema, (patch) => change(world(), patch))
  post('/session/expire', schemas.botSchema, ({ botId }) => expireSession(world(), botId))
  return app
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
async function sentWithin(world: () => World, c: Context) {
  const [seq, botId] = [numberOf(c, 'after'), c.req.query('botId')]
  const untilMs = performance.now() + Math.min(numberOf(c, 'waitMs'), maxSentWaitMs)
  const { signal } = c.req.raw
  for (;;) {
    const { sent, sentWaiters } = world()
    const found = sent.after(seq).filter((one) => botId === undefined || one.botId === botId)
    const leftMs = untilMs - performance.now()
    if (found.length > 0 || leftMs <= 0 || signal.aborted) return found
    await sentWaiters.wait(leftMs, signal)
  }
}

function expireSession(world: World, botId: string): Binding {
  const bot = knownBot(world, botId)
  world.bots.expire(bot, world.clock.now())
  return bindingOf(bot)
}

function numberOf(c: Context, name: string): number {
  const text = c.req.query(name) ?? '0'
  if (!/^\d{1,15}$/.test(text)) throw new ControlRefusal(400, `${name}: expected a number`)
  return Number(text)
}

async function bodyOf<S extends z.ZodType>(c: Context, schema: S): Promise<z.output<S>> {
  const result = schema.safeParse(parsedBody(await c.req.text()))
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

function json(c: Context, body: object): Response {
  return c.body(controlText(body), 200, { 'content-type': 'application/json; charset=utf-8' })
}
