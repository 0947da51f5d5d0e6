/**
 * Which gateway serves an account: weighted rendezvous hashing. Every gateway computes the same answer from the list of
 * live gateways alone, and when that list changes, only accounts of the gateway that came or went move.
 */

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

/**
 * Uniform in (0, 1), the same on every machine. Each gateway computes it for every account and every gateway whenever one
 * comes or goes, and has to be done with it well before its lease ends: hence no cryptographic hash.
 */
function fraction(name: string, accountKey: string): number {
  return (mixed(hashOf(name) ^ hashOf(accountKey)) + 0.5) / 2 ** 32
}

/** FNV-1a of the UTF-16 code units. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93)
  return hash
}

/** MurmurHash3's finalizer: each bit of the input changes half of the result. */
function mixed(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85_eb_ca_6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35)
  return (hash ^ (hash >>> 16)) >>> 0
}
