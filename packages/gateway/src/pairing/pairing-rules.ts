/**
 * What both pairing desks decide alike, over requests and counts that they have read.
 */

import { MoltbotError, type PairingAsk, type PairingRequestResult } from '@moltbot/channel-sdk'
import { printable } from '../printable.ts'
import { clip } from '../text.ts'
import { newPairingCode, type RandomInt } from './pairing-code.ts'
import {
  codeLifetimeMs,
  expiredError,
  maxNameLength,
  maxPendingPerAccount,
  maxTextLength,
  maxWrongCodes,
  PairingLockedError,
  type PairingRequest,
  unknownCodeError,
  wrongCodeWindowMs,
} from './pairing-desk.ts'

/** Two equal codes in a row are a one in a million million chance; this many mean a broken random source. */
const maxCodeDraws = 10
/** An expired code is stored this long, to be called expired and not unknown. */
export const expiredKeptMs = 24 * 60 * 60_000
/** UTF-16 units of a name or text that are looked at. */
const maxRead = 1_000

/** What a transaction found; errors are thrown after it, so that a counted wrong code stays counted. */
export type Lookup =
  | { readonly request: PairingRequest }
  | { readonly failure: 'unknown' | 'expired' }
  | { readonly waitMs: number }

export type Asked = Omit<PairingRequest, 'code' | 'createdAtMs' | 'expiresAtMs'>

export function askedOf(accountId: string, senderId: string, ask: PairingAsk): Asked {
  const { messageId = '', loginId = '', preview } = ask
  const senderName = beginning(preview?.name ?? '', maxNameLength)
  const text = beginning(preview?.text ?? '', maxTextLength)
  return { accountId, senderId, messageId, loginId, senderName, text }
}

/** The answer where nothing new has to be stored. @param pending the requests of all accounts that are not expired */
export function answerFrom(
  pending: readonly PairingRequest[],
  asked: Asked,
): PairingRequestResult | undefined {
  const { accountId, senderId, messageId, loginId } = asked
  const ofAccount = pending.filter((one) => one.accountId === accountId && one.loginId === loginId)
  const own = ofAccount.find((one) => one.senderId === senderId)
  if (own !== undefined) {
    const asksAgain = messageId !== '' && own.messageId === messageId
    return asksAgain ? created(own) : { status: 'pending' }
  }
  return ofAccount.length >= maxPendingPerAccount ? { status: 'full' } : undefined
}

export function newRequest(asked: Asked, code: string, atMs: number): PairingRequest {
  return { ...asked, code, createdAtMs: atMs, expiresAtMs: atMs + codeLifetimeMs }
}

/** How long further codes are not looked at; undefined: they are. */
export function lockedFor(wrong: { count: number; oldestAtMs: number }, atMs: number): number | undefined {
  return wrong.count >= maxWrongCodes ? wrong.oldestAtMs + wrongCodeWindowMs - atMs : undefined
}

/** Codes to try, one after another, until one is not in use. */
export function* drawnCodes(random: RandomInt): Generator<string> {
  for (let draw = 0; draw < maxCodeDraws; draw++) yield newPairingCode(random)
}

export function noCodeError(): MoltbotError {
  return new MoltbotError('pairing-no-code', `the random source gave ${maxCodeDraws} codes that are in use`)
}

export function created({ code, expiresAtMs }: PairingRequest): PairingRequestResult {
  return { status: 'created', code, expiresAtMs }
}

export function found(lookup: Lookup): PairingRequest {
  if ('request' in lookup) return lookup.request
  if ('waitMs' in lookup) throw new PairingLockedError(lookup.waitMs)
  throw lookup.failure === 'expired' ? expiredError() : unknownCodeError()
}

/** Of a stranger's text, one line that cannot drive a terminal. */
function beginning(text: string, maxLength: number): string {
  const start = text.slice(0, maxRead).toWellFormed()
  return clip(printable(start).replaceAll(/\s+/g, ' ').trim(), maxLength)
}
