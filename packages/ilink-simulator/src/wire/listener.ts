// The bot API over node:http: read, record, spoil if a fault is due, handle, answer.

import type { ServerResponse } from 'node:http'
import { isObject, type JsonValue, parseJson } from '../json.ts'
import { deliveryConfirmMs, maxRecordedBodyChars, maxWireBodyBytes } from '../limits.ts'
import type { Call, Outcome } from './call.ts'
import { violationsOf } from './checks.ts'
import { type Exchange, newRecord } from './exchange.ts'
import { goneSignal, readBody, sendText, watchDelivery } from './http.ts'
import { type Route, routeOf } from './routes.ts'
import { pause, spoil } from './spoil.ts'

export async function serveBotApi(exchange: Exchange): Promise<void> {
  const { request, response, url, world } = exchange
  const text = await readBody(request, maxWireBodyBytes)
  if (text === undefined) return sendText(response, 413, 'body too large')
  const route = routeOf(request.method ?? '', url.pathname)
  const record = world.requests.add(newRecord(exchange, route?.endpoint ?? 'unknown'))
  if (!route) {
    record.status = 404
    return sendText(response, 404, 'not found')
  }
  const json = parsed(text)
  record.body = text.length > maxRecordedBodyChars ? text.slice(0, maxRecordedBodyChars) : (json ?? text)
  const body = isObject(json) ? json : {}
  record.violations.push(...violationsOf(route.endpoint, record.method, record.headers, body))
  if (record.method === 'POST' && !isObject(json)) record.violations.push('body is not a JSON object')
  const { endpoint } = route
  const gone = goneSignal(response)
  const call: Call = { world, endpoint, query: url.searchParams, body, record, gone }
  write(await outcomeOf(route, call), call, response)
}

/** `undefined` for text that is not JSON. */
function parsed(text: string): JsonValue | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

async function outcomeOf(route: Route, call: Call): Promise<Outcome> {
  const fault = call.world.faults.take(route.endpoint)
  if (fault?.kind === 'delay') await pause(fault.value ?? 0, call.gone)
  else if (fault) return { kind: 'fault', fault }
  if (call.gone.aborted) return { kind: 'gone' }
  return route.handle(call)
}

function write(outcome: Outcome, { record, gone, world }: Call, response: ServerResponse): void {
  // Not when the request came: a poll is held for long.
  response.setHeader('date', new Date(world.clock.now()).toUTCString())
  if (outcome.kind === 'fault') spoil(response, outcome.fault, record)
  if (outcome.kind !== 'answer') return
  const { text, undo } = outcome
  if (gone.aborted) {
    undo?.()
    return
  }
  record.status = 200
  if (undo) watchDelivery(response, deliveryConfirmMs, undo)
  sendText(response, 200, text, 'application/json')
}
