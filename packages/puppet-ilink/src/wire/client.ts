/**
 * The iLink endpoints as typed calls. The only state is whose calls they are; what an answer leads to is decided
 * elsewhere.
 */

import type { z } from 'zod'
import type { Random } from '../clock.ts'
import { ILinkError, isSessionExpired } from '../errors.ts'
import { bodies, timeouts } from '../limits.ts'
import type { UploadUrlRequest } from '../media/index.ts'
import { channelVersion, commonHeaders, postHeaders } from './headers.ts'
import { type Http, requestText } from './http.ts'
import { assertAccepted, type Outcome } from './outcome.ts'
import {
  configAnswer,
  plainAnswer,
  type QrStatusAnswer,
  qrCodeAnswer,
  qrStatusAnswer,
  readAnswer,
  sendAnswer,
  type UpdatesAnswer,
  type UploadUrlAnswer,
  updatesAnswer,
  uploadUrlAnswer,
} from './responses.ts'

export interface WireOptions {
  http: Http
  random: Random
  /** Already sanitised. */
  botAgent: string
  routeTag?: string | undefined
}

interface Call {
  label: string
  base: string
  path: string
  timeoutMs: number
  maxBodyBytes?: number
  signal?: AbortSignal | undefined
}

const urlOf = ({ base, path }: Call): URL => new URL(path, base.endsWith('/') ? base : `${base}/`)

const exchangeOf = (call: Call, http: Http) => ({
  label: call.label,
  timeoutMs: call.timeoutMs,
  maxBodyBytes: call.maxBodyBytes ?? bodies.replyBytes,
  signal: call.signal,
  http,
})

/** The QR calls: no token, and a host of their own. */
export class LoginWire {
  readonly #options: WireOptions

  constructor(options: WireOptions) {
    this.#options = options
  }

  /**
   * A new QR code. `localTokens` (newest first, at most 10) let the backend say that the person is bound here already.
   * @returns `qrcode`, the opaque id to poll, and `content`, the text to render as a QR code.
   */
  async qrCode(base: string, localTokens: readonly string[], signal: AbortSignal) {
    const path = 'ilink/bot/get_bot_qrcode?bot_type=3'
    const call = { label: 'get_bot_qrcode', base, path, timeoutMs: timeouts.qrCodeMs, signal }
    const { http, random, routeTag } = this.#options
    const headers = { ...commonHeaders(routeTag), ...postHeaders(random) }
    const body = JSON.stringify({ local_token_list: localTokens })
    const text = await requestText(urlOf(call), { method: 'POST', headers, body }, exchangeOf(call, http))
    const answer = readAnswer(call.label, qrCodeAnswer, text)
    assertAccepted(call.label, answer)
    if (answer.qrcode === undefined || answer.qrcode_img_content === undefined) {
      throw new ILinkError('bad-response', `${call.label}: no QR code in the answer`, {
        retryable: true,
        certain: false,
      })
    }
    return { qrcode: answer.qrcode, content: answer.qrcode_img_content }
  }

  /** One status poll, held by the server until something happens. */
  async qrStatus(
    base: string,
    qrcode: string,
    verifyCode: string | undefined,
    signal: AbortSignal,
  ): Promise<QrStatusAnswer> {
    const query = new URLSearchParams({ qrcode })
    if (verifyCode !== undefined) query.set('verify_code', verifyCode)
    const path = `ilink/bot/get_qrcode_status?${query}`
    const call = { label: 'get_qrcode_status', base, path, timeoutMs: timeouts.qrStatusMs, signal }
    const { http, routeTag } = this.#options
    const text = await requestText(
      urlOf(call),
      { method: 'GET', headers: commonHeaders(routeTag) },
      exchangeOf(call, http),
    )
    return readAnswer(call.label, qrStatusAnswer, text)
  }
}

export interface BotWireOptions extends WireOptions {
  baseUrl: string
  token: string
  /** Called with every `-14`, whichever call it came from. */
  onSessionExpired?: (error: ILinkError) => void
}

export interface OutgoingMessage {
  to_user_id: string
  client_id: string
  /** Exactly one: the backend refuses mixed lists. */
  item_list: readonly [object]
  context_token: string
}

/** `message_type` and `message_state` of everything a bot sends: a finished bot message. */
const finishedBotMessage = { from_user_id: '', message_type: 2, message_state: 2 } as const

/** The calls of one logged-in bot. All throw ILinkError. */
export class BotWire {
  readonly #options: BotWireOptions

  constructor(options: BotWireOptions) {
    this.#options = options
  }

  /** Long poll for messages after `cursor`; `timeoutMs` is the whole wait, body included. */
  updates(cursor: string, timeoutMs: number, signal: AbortSignal): Promise<UpdatesAnswer> {
    const maxBodyBytes = bodies.updatesBytes
    const call = { label: 'getupdates', path: 'ilink/bot/getupdates', timeoutMs, maxBodyBytes, signal }
    return this.#post(call, { get_updates_buf: cursor }, updatesAnswer)
  }

  /** @returns the server's id of the message, in decimal. */
  async send(message: OutgoingMessage, signal?: AbortSignal): Promise<string> {
    const call = { label: 'sendmessage', path: 'ilink/bot/sendmessage', timeoutMs: timeouts.sendMs, signal }
    const answer = await this.#post(call, { msg: { ...finishedBotMessage, ...message } }, sendAnswer)
    if (answer.message_id !== undefined) return answer.message_id
    throw new ILinkError('unconfirmed', 'sendmessage: accepted without a message id; it may never arrive', {
      retryable: true,
      certain: false,
    })
  }

  uploadUrl(request: UploadUrlRequest, signal?: AbortSignal): Promise<UploadUrlAnswer> {
    const path = 'ilink/bot/getuploadurl'
    return this.#post(
      { label: 'getuploadurl', path, timeoutMs: timeouts.uploadUrlMs, signal },
      request,
      uploadUrlAnswer,
    )
  }

  /** The ticket that typing states need, for one person. */
  async typingTicket(
    userId: string,
    contextToken: string | undefined,
    signal?: AbortSignal,
  ): Promise<string> {
    const call = { label: 'getconfig', path: 'ilink/bot/getconfig', timeoutMs: timeouts.configMs, signal }
    const answer = await this.#post(
      call,
      { ilink_user_id: userId, context_token: contextToken },
      configAnswer,
    )
    if (answer.typing_ticket !== undefined && answer.typing_ticket !== '') return answer.typing_ticket
    throw new ILinkError('bad-response', 'getconfig: no typing ticket', { retryable: true, certain: true })
  }

  async typing(userId: string, ticket: string, on: boolean, signal?: AbortSignal): Promise<void> {
    const call = { label: 'sendtyping', path: 'ilink/bot/sendtyping', timeoutMs: timeouts.typingMs, signal }
    await this.#post(call, { ilink_user_id: userId, typing_ticket: ticket, status: on ? 1 : 2 }, plainAnswer)
  }

  /** Tells the backend that this client begins (`start`) or ends (`stop`) polling. */
  async notify(event: 'start' | 'stop', signal: AbortSignal): Promise<void> {
    const label = `notify${event}`
    await this.#post(
      { label, path: `ilink/bot/msg/${label}`, timeoutMs: timeouts.notifyMs, signal },
      {},
      plainAnswer,
    )
  }

  async #post<T extends z.ZodType<Outcome>>(
    call: Omit<Call, 'base'>,
    fields: object,
    schema: T,
  ): Promise<z.infer<T>> {
    const { baseUrl, token, http, random, routeTag, botAgent, onSessionExpired } = this.#options
    const whole = { ...call, base: baseUrl }
    const headers = { ...commonHeaders(routeTag), ...postHeaders(random, token) }
    const body = JSON.stringify({
      ...fields,
      base_info: { channel_version: channelVersion, bot_agent: botAgent },
    })
    try {
      const text = await requestText(urlOf(whole), { method: 'POST', headers, body }, exchangeOf(whole, http))
      const answer = readAnswer(call.label, schema, text)
      assertAccepted(call.label, answer)
      return answer
    } catch (error) {
      if (isSessionExpired(error)) onSessionExpired?.(error)
      throw error
    }
  }
}
