/**
 * Which other gateways have gone silent: those whose count of beats has not changed for the time of a lease since it was
 * first seen. Only a clock of this process is used, so the clocks of other machines, the database's too, do not matter.
 */

export interface Beat {
  readonly id: string
  /** Differs after each renewal. */
  readonly beat: number
}

interface Sighting {
  readonly beat: number
  /** When this count was seen first, or counting began again. */
  readonly sinceMs: number
}

export class Sightings {
  readonly #leaseMs: number
  readonly #seen = new Map<string, Sighting>()
  #lookedMs: number | undefined

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs
  }

  /**
   * Takes what a look at the database has shown.
   * @param sentMs when the look was sent, by a clock that nobody sets and that may stand still while the machine sleeps
   * @param nowMs now, by the same clock
   * @returns those that are silent; each with the count that it had for the whole time
   */
  look(beats: readonly Beat[], sentMs: number, nowMs: number): Beat[] {
    // While the database did not answer this gateway, it may not have answered the others either.
    const hasLookedOften = this.#lookedMs !== undefined && nowMs - this.#lookedMs < this.#leaseMs / 2
    if (!hasLookedOften) this.#seen.clear()
    this.#lookedMs = nowMs
    const ids = new Set(beats.map(({ id }) => id))
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id)
    for (const { id, beat } of beats)
      if (this.#seen.get(id)?.beat !== beat) this.#seen.set(id, { beat, sinceMs: nowMs })
    return beats.filter(({ id }) => sentMs - (this.#seen.get(id)?.sinceMs ?? sentMs) >= this.#leaseMs)
  }

  /** When the next one may turn out to be silent, by the same clock; undefined without others. */
  get nextMs(): number | undefined {
    const times = [...this.#seen.values()].map(({ sinceMs }) => sinceMs + this.#leaseMs)
    return times.length === 0 ? undefined : Math.min(...times)
  }
}
