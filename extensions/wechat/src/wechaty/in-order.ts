/**
 * Work that is done side by side and whose results go on in the order in which it came.
 */

export class InOrder {
  #last: Promise<unknown> = Promise.resolve()

  /** Resolves as `work` does, after everything that came earlier has settled. `work` must end by itself. */
  async pass<Result>(work: Promise<Result>): Promise<Result> {
    const earlier = this.#last
    // With the results as its value each link would hold those of all before it.
    this.#last = Promise.allSettled([earlier, work]).then(() => undefined)
    await earlier
    return work
  }
}
