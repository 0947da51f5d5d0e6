/**
 * Which gateway serves an account: weighted rendezvous hashing. Every gateway computes the same answer from the list of
 * live gateways alone, and when that list changes, only accounts of the gateway that came or went move.
 */

import { createHash } from 'node:crypto'

export interface Candidate {
  /** Stable over restarts of the same gateway, so that its accounts come back to it. */
  readonly name: string
  /** Its share relative to the others. 0: it serves no account, such as while it drains. */
  readonly weight: number
}

/** @returns the name of the gateway that should serve the account; undefined where none may */
export function chooseGateway(accountKey: string, candidates: readonly Candidate[]): string | undefined {
  let best: { readonly name: string; readonly score: number } | undefined
  for (const { name, weight } of candidates) {
    if (weight <= 0) continue
    const score = weight / -Math.log(fraction(name, accountKey))
    const isBetter = best === undefined || score > best.score || (score === best.score && name < best.name)
    if (isBetter) best = { name, score }
  }
  return best?.name
}

const hashBytes = 6

/** Uniform in (0, 1), the same on every machine. */
function fraction(name: string, accountKey: string): number {
  // JSON keeps pairs apart that would be one text when joined.
  const digest = createHash('sha256')
    .update(JSON.stringify([name, accountKey]))
    .digest()
  return (digest.readUIntBE(0, hashBytes) + 0.5) / 2 ** (8 * hashBytes)
}
