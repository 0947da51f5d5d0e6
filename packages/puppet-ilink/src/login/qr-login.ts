/**
 * The QR login, from the first code until a person has confirmed one. Codes are renewed before they expire, until the
 * signal aborts.
 */

import { backoffMs, type Clock, type Random } from '../clock.ts'
import { type ILinkError, refusedLocally, toILinkError } from '../errors.ts'
import { qr } from '../limits.ts'
import type { LoginWire } from '../wire/client.ts'
import type { QrStatusAnswer } from '../wire/responses.ts'

export interface VerifyCodeRequest {
  /** Aborts when the code is no longer needed (new QR code, or stop). */
  signal: AbortSignal
  /** 1 for the first request with this QR code; more when the previous code was wrong. */
  attempt: number
}

/** Asks a person for the verification code that the phone shows. */
export type AskVerifyCode = (request: VerifyCodeRequest) => Promise<string>

export type LoginProgress =
  /** A new QR code; `content` is the text to render. */
  | { kind: 'code'; content: string }
  | { kind: 'scanned' }
  | { kind: 'confirmed' }
  /** This code has expired; the next one follows. */
  | { kind: 'expired' }
  | { kind: 'problem'; error: ILinkError }
  /** The backend answered a status poll. */
  | { kind: 'poll' }

export type LoginResult =
  | { kind: 'confirmed'; botId: string; token: string; userId: string; baseUrl?: string }
  /** The backend knows the person by one of the local tokens. */
  | { kind: 'already-bound' }

export interface LoginPorts {
  wire: LoginWire
  baseUrl: string
  localTokens: readonly string[]
  askVerifyCode: () => AskVerifyCode | undefined
  onProgress: (progress: LoginProgress) => void
  clock: Clock
  random: Random
}

/** What follows from a status. */
type Step =
  | { kind: 'wait' }
  | { kind: 'scanned' }
  | { kind: 'ask' }
  | { kind: 'renew' }
  | { kind: 'redirect'; host: string | undefined }
  | { kind: 'failed'; reason: string }
  | { kind: 'done'; result: LoginResult }

const confirmed = (answer: Partial<QrStatusAnswer>): Step => {
  const { ilink_bot_id: botId, bot_token: token, ilink_user_id: userId = '', baseurl } = answer
  if (!botId || !token) return { kind: 'failed', reason: 'confirmed without a bot id or token' }
  const baseUrl = baseurl ? { baseUrl: baseurl } : {}
  return { kind: 'done', result: { kind: 'confirmed', botId, token, userId, ...baseUrl } }
}

/** All eight known statuses; an unknown one means to wait. */
export const stepFor = (answer: Partial<QrStatusAnswer>): Step => {
  switch (answer.status) {
    case 'scaned':
      return { kind: 'scanned' }
    case 'need_verifycode':
      return { kind: 'ask' }
    case 'verify_code_blocked':
    case 'expired':
      return { kind: 'renew' }
    case 'scaned_but_redirect':
      return { kind: 'redirect', host: answer.redirect_host }
    case 'binded_redirect':
      return { kind: 'done', result: { kind: 'already-bound' } }
    case 'confirmed':
      return confirmed(answer)
    default:
      return { kind: 'wait' }
  }
}

/** The host to poll from now on: a bare host, under the scheme of the configured one (https unless overridden). */
export const redirectedBase = (base: string, host: string | undefined): string => {
  const target = `${new URL(base).protocol}//${host ?? ''}`
  if (!host || !URL.canParse(target) || new URL(target).host !== host.toLowerCase()) return base
  return target
}

const waiting: Partial<QrStatusAnswer> = { status: 'wait' }

/** Polls the status of one QR code until it is confirmed or expired. */
class CodeWatch {
  readonly #ports: LoginPorts
  readonly #qrcode: string
  readonly #signal: AbortSignal
  readonly #refreshAtMs: number
  readonly #endsAtMs: number
  #base: string
  #verifyCode: string | undefined
  #attempts = 0
  #scanned = false
  #failures = 0

  constructor(ports: LoginPorts, qrcode: string, signal: AbortSignal) {
    this.#ports = ports
    this.#qrcode = qrcode
    this.#signal = signal
    this.#base = ports.baseUrl
    this.#refreshAtMs = ports.clock.now() + qr.refreshAfterMs
    this.#endsAtMs = ports.clock.now() + qr.maxLifeMs
  }

  /** @returns undefined when a new code is due */
  async run(): Promise<LoginResult | undefined> {
    while (!this.#signal.aborted && !this.#isStale()) {
      const step = stepFor(await this.#poll())
      if (step.kind === 'done') return step.result
      if (step.kind === 'renew') return undefined
      await this.#follow(step)
    }
    return undefined
  }

  /** A scanned code is not renewed early: the person is confirming, and the backend reports when it has expired. */
  #isStale(): boolean {
    return this.#ports.clock.now() >= (this.#scanned ? this.#endsAtMs : this.#refreshAtMs)
  }

  async #poll(): Promise<Partial<QrStatusAnswer>> {
    const { wire, clock, random, onProgress } = this.#ports
    try {
      const answer = await wire.qrStatus(this.#base, this.#qrcode, this.#verifyCode, this.#signal)
      this.#failures = 0
      onProgress({ kind: 'poll' })
      return answer
    } catch (error) {
      // A gateway time-out or a lost connection does not mean that the code has expired.
      if (this.#signal.aborted) return waiting
      this.#failures += 1
      onProgress({ kind: 'poll' })
      if (this.#failures === 3)
        onProgress({ kind: 'problem', error: toILinkError(error, 'login-failed', 'QR login') })
      await clock.sleep(backoffMs(this.#failures, qr.backoff, random), this.#signal)
      return waiting
    }
  }

  async #follow(step: Step): Promise<void> {
    if (step.kind === 'ask') return await this.#ask()
    if (step.kind === 'scanned') this.#markScanned()
    if (step.kind === 'redirect') this.#base = redirectedBase(this.#ports.baseUrl, step.host)
    if (step.kind === 'failed') throw refusedLocally('login-failed', `QR login: ${step.reason}`, true)
    await this.#ports.clock.sleep(qr.pollGapMs, this.#signal)
  }

  /** After a verification code, this status means that it was right. */
  #markScanned(): void {
    this.#verifyCode = undefined
    if (!this.#scanned) this.#ports.onProgress({ kind: 'scanned' })
    this.#scanned = true
  }

  /** The same status again after a code was sent means that it was wrong. */
  async #ask(): Promise<void> {
    this.#markScanned()
    this.#attempts += 1
    this.#verifyCode = await this.#askPerson()
    if (this.#verifyCode === undefined) await this.#ports.clock.sleep(qr.pollGapMs, this.#signal)
  }

  async #askPerson(): Promise<string | undefined> {
    const ask = this.#ports.askVerifyCode()
    if (ask === undefined) {
      if (this.#attempts === 1)
        this.#problem('The phone shows a verification code; set onVerifyCode to be asked for it')
      return undefined
    }
    const { clock } = this.#ports
    const question = new AbortController()
    const end = () => question.abort()
    this.#signal.addEventListener('abort', end, { once: true })
    try {
      const tooLate = clock.sleep(qr.refreshAfterMs, question.signal).then(() => undefined)
      const answer = await Promise.race([ask({ signal: question.signal, attempt: this.#attempts }), tooLate])
      return answer?.trim() || undefined
    } catch (error) {
      this.#ports.onProgress({
        kind: 'problem',
        error: toILinkError(error, 'verify-code-needed', 'onVerifyCode'),
      })
      return undefined
    } finally {
      end()
      this.#signal.removeEventListener('abort', end)
    }
  }

  #problem(message: string): void {
    this.#ports.onProgress({ kind: 'problem', error: refusedLocally('verify-code-needed', message, true) })
  }
}

/** @returns undefined when the signal ended it */
export const qrLogin = async (ports: LoginPorts, signal: AbortSignal): Promise<LoginResult | undefined> => {
  const { wire, clock, random, onProgress } = ports
  const localTokens = ports.localTokens.slice(0, qr.maxLocalTokens)
  let failures = 0
  while (!signal.aborted) {
    const bornAtMs = clock.now()
    try {
      const { qrcode, content } = await wire.qrCode(ports.baseUrl, localTokens, signal)
      onProgress({ kind: 'code', content })
      const result = await new CodeWatch(ports, qrcode, signal).run()
      if (result !== undefined) return result
      if (!signal.aborted) onProgress({ kind: 'expired' })
    } catch (error) {
      if (signal.aborted) return undefined
      onProgress({ kind: 'problem', error: toILinkError(error, 'login-failed', 'QR login') })
    }
    // A code that expired at once would otherwise be followed by the next one without a pause.
    const lived = clock.now() - bornAtMs
    failures = lived < qr.backoff.maxMs ? failures + 1 : 0
    if (failures > 0) await clock.sleep(backoffMs(failures, qr.backoff, random), signal)
  }
  return undefined
}
