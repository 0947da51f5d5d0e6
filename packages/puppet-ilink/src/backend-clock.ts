/**
 * The time of the backend, which decides whether a send window is open. The clock of this machine may be wrong by days after a
 * virtual machine was restored, and iLink would still accept the send. Every answer carries the backend's time in its `Date`
 * header; without that header the clock of this machine is used.
 */

/** Smaller differences are delays on the way, and the header has whole seconds. */
const toleranceMs = 60_000
/** A difference that is worth a report: certificates and logs become wrong as well. */
const reportedMs = 5 * 60_000

export interface BackendClockPorts {
  /** The clock of this machine, in milliseconds since the epoch. */
  now(): number
  /** Called once if the two clocks differ by several minutes. */
  onWrong(message: string): void
}

export class BackendClock {
  readonly #ports: BackendClockPorts
  #offsetMs: number | undefined
  #isReported = false

  constructor(ports: BackendClockPorts) {
    this.#ports = ports
  }

  /** Milliseconds since the epoch, by the backend's clock. */
  now(): number {
    return this.#ports.now() + (this.#offsetMs ?? 0)
  }

  /** How far the backend's clock is ahead, in milliseconds; negative if it is behind. Undefined until it is known. */
  get offsetMs(): number | undefined {
    return this.#offsetMs
  }

  /** Takes the `Date` header of an answer that has just arrived. */
  see(date: unknown): void {
    const atMs = typeof date === 'string' ? Date.parse(date) : Number.NaN
    if (Number.isNaN(atMs)) return
    const offsetMs = atMs - this.#ports.now()
    this.#offsetMs = Math.abs(offsetMs) < toleranceMs ? 0 : offsetMs
    if (Math.abs(offsetMs) < reportedMs || this.#isReported) return
    this.#isReported = true
    const minutes = Math.round(Math.abs(offsetMs) / 60_000)
    const where = offsetMs > 0 ? 'behind' : 'ahead of'
    this.#ports.onWrong(
      `The clock of this machine is ${minutes} minutes ${where} iLink's; iLink's time is used`,
    )
  }
}
