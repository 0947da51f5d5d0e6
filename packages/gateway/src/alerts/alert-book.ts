/**
 * What is wrong, since when, and what was told of it. Pure: it is shown what is wrong at present, and says what to tell.
 */

export interface AlertRules {
  /** How long what this key is about must be wrong before it is told. */
  readonly afterMs: (key: string) => number
  /** What is still wrong is told again after this time. 0: never. */
  readonly repeatMs: number
}

export interface Alert {
  readonly kind: 'begun' | 'again' | 'solved'
  /** What it is about, such as `account/wechat/home`; the same from its begin to its end. */
  readonly key: string
  /** What is, or was, wrong: one sentence, in English. */
  readonly text: string
  /** Since when, milliseconds since the epoch. */
  readonly sinceMs: number
}

interface Entry {
  readonly sinceMs: number
  readonly text: string
  readonly toldMs?: number
}

export class AlertBook {
  readonly #entries = new Map<string, Entry>()

  /**
   * @param problems by key, what is wrong now
   * @param unclear keys of which nobody can tell yet whether they are solved: these stay as they are
   */
  observe(
    problems: ReadonlyMap<string, string>,
    nowMs: number,
    rules: AlertRules,
    unclear: ReadonlySet<string> = new Set(),
  ): Alert[] {
    const solved = [...this.#entries]
      .filter(([key]) => !problems.has(key) && !unclear.has(key))
      .flatMap(([key, entry]) => this.#end(key, entry))
    const current = [...problems].flatMap(([key, text]) => this.#note(key, text, nowMs, rules))
    return [...solved, ...current]
  }

  #end(key: string, { sinceMs, text, toldMs }: Entry): Alert[] {
    this.#entries.delete(key)
    return toldMs === undefined ? [] : [{ kind: 'solved', key, text, sinceMs }]
  }

  #note(key: string, text: string, nowMs: number, { afterMs, repeatMs }: AlertRules): Alert[] {
    const before = this.#entries.get(key)
    const { sinceMs = nowMs, toldMs } = before ?? {}
    const isDue =
      toldMs === undefined ? nowMs - sinceMs >= afterMs(key) : repeatMs > 0 && nowMs - toldMs >= repeatMs
    const told = isDue ? nowMs : toldMs
    this.#entries.set(key, { sinceMs, text, ...(told !== undefined && { toldMs: told }) })
    return isDue ? [{ kind: toldMs === undefined ? 'begun' : 'again', key, text, sinceMs }] : []
  }
}
