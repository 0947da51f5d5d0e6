// A typed client of the control API: one method for each endpoint.

import type { z } from 'zod'
import { type JsonObject, wireText } from '../json.ts'
import type { MediaKind } from '../media/store.ts'
import type { Settings, SettingsPatch } from '../settings.ts'
import type { Binding } from '../state/bots.ts'
import type { Heard, Sent } from '../state/conversations.ts'
import type { Recorded } from '../state/world.ts'
import type { Received } from './inbound.ts'
import type { QrView } from './qr.ts'
import type * as schemas from './schemas.ts'

export type Inbound = z.input<typeof schemas.inboundSchema>
export type FaultOrder = z.input<typeof schemas.faultSchema>
export type MediaOrder = z.input<typeof schemas.mediaSchema>
export type SentMessage = Sent & { seq: number }
export type HeardMessage = Heard & { seq: number }
export type RecordedRequest = Recorded & { seq: number }

export type ControlClient = ReturnType<typeof controlClient>

/** Longer than any answer of the control API takes. */
const timeoutMs = 30_000

/**
 * Talks to the control API at `controlUrl`. Every method rejects with the API's own sentence when it refuses, and
 * after 30 seconds without an answer.
 */
export function controlClient(controlUrl: string) {
  const base = controlUrl.replace(/(\/control)?\/*$/, '/control')
  const get = <T>(path: string) => call<T>('GET', `${base}${path}`)
  const post = <T = unknown>(path: string, body: object = {}) => call<T>('POST', `${base}${path}`, body)
  return {
    reset: () => post('/reset'),
    /** A bound bot without a scan. */
    account: (wish: z.input<typeof schemas.accountSchema> = {}) => post<Binding>('/accounts', wish),
    /** QR codes that can still come to something. */
    qrCodes: () => get<QrView[]>('/qr'),
    scan: (qrcode: string) => post('/qr/scan', { qrcode }),
    confirm: (qrcode: string, wish: { userId?: string; botId?: string } = {}) =>
      post<Binding>('/qr/confirm', { qrcode, ...wish }),
    expireQr: (qrcode: string) => post('/qr/expire', { qrcode }),
    requireCode: (qrcode: string, code: string) => post('/qr/require-code', { qrcode, code }),
    redirect: (qrcode: string, host: string) => post('/qr/redirect', { qrcode, host }),
    inbound: (message: Inbound) => post<Received>('/inbound', message),
    inboundBatch: (messages: Inbound[]) => post<Received[]>('/inbound/batch', messages),
    /**
     * Messages shown on phones with a `seq` above `after`, of one bot or of all. While there are none, the answer waits
     * for the next one, up to `waitMs` (at most 25,000; default 0).
     */
    sent: (filter: { botId?: string; after?: number; waitMs?: number } = {}) =>
      get<SentMessage[]>(`/sent?${queryOf(filter)}`),
    /** Messages that users wrote, with a `seq` above `after`, to one bot or to all. */
    heard: (filter: { botId?: string; after?: number } = {}) =>
      get<HeardMessage[]>(`/heard?${queryOf(filter)}`),
    /** The users whose phones show that the bot is typing. */
    typing: (botId: string) => get<string[]>(`/typing?${queryOf({ botId })}`),
    /** What is inside a file on the CDN. @param param its `encrypt_query_param` */
    openMedia: (param: string) => get<{ kind: MediaKind; base64: string }>(`/media?${queryOf({ param })}`),
    requests: (filter: { after?: number } = {}) => get<RecordedRequest[]>(`/requests?${queryOf(filter)}`),
    /** An item for `inbound`, encrypted and served by the CDN. */
    media: (order: MediaOrder) => post<JsonObject>('/media', order),
    /** Spoils the endpoint's next `times` requests, or its held poll; by default one. */
    fault: (order: FaultOrder) => post('/faults', order),
    clearFaults: () => post('/faults/clear'),
    /** Moves the clock that QR codes, windows and timestamps follow. */
    advanceClock: (advanceMs: number) => post<{ nowMs: number }>('/clock', { advanceMs }),
    settings: (patch: SettingsPatch) => post<Settings>('/settings', patch),
    /** Makes the bot's token stale: its next call, or its held poll, answers -14. */
    expireSession: (botId: string) => post('/session/expire', { botId }),
  }
}

function queryOf(filter: Record<string, string | number | undefined>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, `${value}`)
  return query.toString()
}

async function call<T>(method: string, url: string, body?: object): Promise<T> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(timeoutMs),
    ...(body && { body: wireText(body), headers: { 'content-type': 'application/json' } }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`)
  return JSON.parse(text)
}
