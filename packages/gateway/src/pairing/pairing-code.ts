/**
 * Pairing codes: short enough to be typed by a person, far too many to be guessed within their hour.
 */

import { randomInt } from 'node:crypto'

/** Without `0`, `1`, `I` and `O`, which people mistake for one another. */
export const codeAlphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const codeLength = 8

/** A uniform whole number from 0 up to, not including, `max`. */
export type RandomInt = (max: number) => number

/** Node's cryptographically strong source. */
export const secureRandomInt: RandomInt = (max) => randomInt(max)

export function newPairingCode(random: RandomInt): string {
  return Array.from({ length: codeLength }, () => codeAlphabet[random(codeAlphabet.length)]).join('')
}

/** The code a person meant: white space around it and lower case do not matter. */
export function normalizePairingCode(typed: string): string {
  return typed.trim().toUpperCase()
}
