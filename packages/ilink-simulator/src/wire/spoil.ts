// Faults as a client meets them on the wire.

import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { wireText } from '../json.ts'
import type { Fault, FaultKind } from '../state/faults.ts'
import type { Recorded } from '../state/world.ts'
import { sendText } from './http.ts'

type Spoiler = (response: ServerResponse, fault: Fault) => void

/** What a gateway in front of the service answers when a long poll takes too long. */
const defaultStatus = 524
const html = '<html><body><h1>Bad Gateway</h1></body></html>'

const spoilers: Record<Exclude<FaultKind, 'delay' | 'drip'>, Spoiler> = {
  status: (response, { value = defaultStatus, errmsg = '' }) =>
    sendText(response, value, errmsg || `status ${value}`, 'text/plain', {
      ...(errmsg && { 'x-error-message': errmsg }),
    }),
  empty: (response) => sendText(response, 200, ''),
  'not-json': (response) => sendText(response, 200, html, 'text/html'),
  ret: (response, { value = -2, errmsg = '' }) =>
    sendText(response, 200, wireText({ ret: value, errmsg }), 'application/json'),
  reset: (response) => {
    response.socket?.resetAndDestroy()
  },
  'stall-body': (response) => halfBody(response),
  cut: (response) => halfBody(response, () => response.socket?.destroy()),
}

/** Answers with the fault instead of the truth. */
export function spoil(response: ServerResponse, fault: Fault, record: Recorded): void {
  if (fault.kind === 'delay' || fault.kind === 'drip') return
  spoilers[fault.kind](response, fault)
  if (response.headersSent) record.status = response.statusCode
}

/** Headers and half a body; the rest never comes. Ends when the client or the simulator does. */
function halfBody(response: ServerResponse, written?: () => void): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': 4096 })
  response.write('{"ret":0,', written)
}

/** Waits, unless the client hangs up. */
export async function pause(ms: number, gone: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal: gone })
  } catch (error) {
    if (!gone.aborted) throw error
  }
}
