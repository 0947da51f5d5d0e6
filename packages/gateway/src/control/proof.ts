/**
 * How a gateway proves that it holds the control token before a client sends it: otherwise a program that listens on the
 * port of a gateway that has died would be given the token.
 */

import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a client may ask to be signed. */
export const noncePattern = /^[\w-]{22,86}$/

/** The port is part of it, so that a program cannot pass on a question to a gateway on another port. */
export function proofOf(token: string, port: number, nonce: string): string {
  return createHmac('sha256', token).update(`moltbot-gateway ${port} ${nonce}`).digest('base64url')
}

export function isProof(proof: unknown, token: string, port: number, nonce: string): boolean {
  const expected = Buffer.from(proofOf(token, port, nonce))
  const given = Buffer.from(String(proof))
  return given.length === expected.length && timingSafeEqual(given, expected)
}
