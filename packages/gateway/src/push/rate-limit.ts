/**
 * How often each caller may do something: a bucket that fills by the minute.
 */

import { MoltbotError } from '@moltbot/channel-sdk'

const minuteMs = 60_000
/** Full buckets are forgotten; beyond this many the oldest are, too. */
const maxBuckets = 1_000

interface Bucket {
  left: number
  atMs: number
}

/** Too many requests. `retryAfterMs`: when the next one is admitted. */
export class RateLimited extends MoltbotError {
  readonly retryAfterMs: number

  constructor(retryAfterMs: number, perMinute: number) {
    const seconds = Math.ceil(retryAfterMs / 1000)
    super('too-many-requests', `at most ${perMinute} a minute; try again in ${seconds} s`, {
      retryable: true,
    })
    this.retryAfterMs = retryAfterMs
  }
}

export class RateLimit {
  readonly #perMinute: number
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()

  /** @param now milliseconds, of any beginning; may be set back */
  constructor(perMinute: number, now: () => number = () => performance.now()) {
    this.#perMinute = perMinute
    this.#now = now
  }

  /** @throws RateLimited */
  use(caller: string): void {
    this.check(caller)
    this.#bucketOf(caller).left--
  }

  /** As `use`, without using anything: before work that a refusal would waste. @throws RateLimited */
  check(caller: string): void {
    const { left } = this.#bucketOf(caller)
    if (left < 1) throw this.#limited(left)
  }

  #limited(left: number): RateLimited {
    return new RateLimited(((1 - left) * minuteMs) / this.#perMinute, this.#perMinute)
  }

  #bucketOf(caller: string): Bucket {
    const nowMs = this.#now()
    const { left, atMs } = this.#buckets.get(caller) ?? { left: this.#perMinute, atMs: nowMs }
    const filled = Math.min(this.#perMinute, left + (Math.max(0, nowMs - atMs) * this.#perMinute) / minuteMs)
    const bucket = { left: filled, atMs: nowMs }
    this.#buckets.delete(caller)
    this.#buckets.set(caller, bucket)
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size > maxBuckets && oldest !== undefined) this.#buckets.delete(oldest)
    return bucket
  }
}
