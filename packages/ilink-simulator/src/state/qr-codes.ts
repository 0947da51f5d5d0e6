// A QR code from birth to one of its ends. Its status is a pure reading of what has happened to it.

import { newHexId } from '../ids.ts'
import { maxQrCodes, wrongCodesBeforeBlock } from '../limits.ts'
import type { Bot } from './bots.ts'
import { setCapped } from './capped.ts'
import { Waiters } from './waiters.ts'

export type QrStatus =
  | 'wait'
  | 'scaned'
  | 'need_verifycode'
  | 'verify_code_blocked'
  | 'expired'
  | 'scaned_but_redirect'
  | 'binded_redirect'
  | 'confirmed'

/** Digits that the phone shows and the bot's owner has to type. */
type VerifyCode = { digits: string; wrongTries: number; isAccepted: boolean }

export type QrCode = {
  qrcode: string
  createdAtMs: number
  expiresAtMs: number
  /** Tokens that the client says it holds already. */
  localTokens: string[]
  isScanned: boolean
  verifyCode: VerifyCode | undefined
  /** Told once, then the code goes on as before: behind a rewritten `fetch` both hosts are this one. */
  redirectHost: string | undefined
  outcome: { kind: 'confirmed' | 'already-bound'; bot: Bot } | undefined
  /** What the last status poll was told; a poll is held while that is still so. */
  lastTold: QrStatus | undefined
  waiters: Waiters
}

export function statusOf(code: QrCode, nowMs: number): QrStatus {
  if (code.outcome && !needsDigits(code))
    return code.outcome.kind === 'confirmed' ? 'confirmed' : 'binded_redirect'
  if (nowMs >= code.expiresAtMs) return 'expired'
  if (code.redirectHost !== undefined) return 'scaned_but_redirect'
  if (code.verifyCode && code.verifyCode.wrongTries >= wrongCodesBeforeBlock) return 'verify_code_blocked'
  if (needsDigits(code)) return 'need_verifycode'
  return code.isScanned ? 'scaned' : 'wait'
}

/** Whether a code can still come to something. */
export function isOpen(code: QrCode, nowMs: number): boolean {
  return !['confirmed', 'binded_redirect', 'expired', 'verify_code_blocked'].includes(statusOf(code, nowMs))
}

/** Compares typed digits with those on the phone. */
export function tryDigits(code: QrCode, typed: string): void {
  if (!code.verifyCode || code.verifyCode.isAccepted) return
  if (typed === code.verifyCode.digits) code.verifyCode.isAccepted = true
  else code.verifyCode.wrongTries += 1
}

export class QrCodes {
  readonly #byText = new Map<string, QrCode>()

  create(localTokens: string[], nowMs: number, lifeMs: number): QrCode {
    const code: QrCode = {
      qrcode: newHexId(),
      createdAtMs: nowMs,
      expiresAtMs: nowMs + lifeMs,
      localTokens,
      isScanned: false,
      verifyCode: undefined,
      redirectHost: undefined,
      outcome: undefined,
      lastTold: undefined,
      waiters: new Waiters(),
    }
    setCapped(this.#byText, code.qrcode, code, maxQrCodes)
    return code
  }

  get(qrcode: string): QrCode | undefined {
    return this.#byText.get(qrcode)
  }

  all(): QrCode[] {
    return [...this.#byText.values()]
  }
}

/** The text to show as a QR code, in the service's own form. */
export function qrContent(qrcode: string): string {
  return `https://liteapp.weixin.qq.com/q/7GiQu1?qrcode=${qrcode}&bot_type=3`
}

function needsDigits(code: QrCode): boolean {
  return code.verifyCode !== undefined && !code.verifyCode.isAccepted
}
