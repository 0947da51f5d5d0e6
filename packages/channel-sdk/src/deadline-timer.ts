/**
 * The timer of every deadline. While a process is paused (a paused container, a snapshot of the machine, the sleep of a
 * laptop) answers arrive and its timers fall due. When it goes on, Node runs timers before it reads sockets, so a plain
 * timer throws away an answer that has come in time.
 */

/** Node's timers overflow beyond 2^31 ms. */
export const longestTimerMs = 2 ** 31 - 1

/** A timer that is later than this was held up. */
const lateMs = 250
/** Time to read what has arrived meanwhile. */
const graceMs = 2_000

/**
 * Calls `end` once after `ms`; up to 2 s later where the process was paused in that time. The returned timer keeps the
 * process alive, as Node's own does.
 */
export function deadlineTimer(ms: number, end: () => void): { cancel(): void; unref(): void } {
  const timerMs = Math.min(ms, longestTimerMs)
  const dueMs = performance.now() + timerMs
  let timer = setTimeout(() => {
    const isHeldUp = performance.now() - dueMs > lateMs
    if (!isHeldUp) return end()
    const keepsAlive = timer.hasRef()
    timer = setTimeout(end, graceMs)
    if (!keepsAlive) timer.unref()
  }, timerMs)
  return { cancel: () => clearTimeout(timer), unref: () => void timer.unref() }
}

/** As `AbortSignal.timeout`, with a `TimeoutError` as its reason, but patient with a process that was paused. */
export function timeoutSignal(ms: number): AbortSignal {
  const over = new AbortController()
  const expire = () => over.abort(new DOMException('The operation timed out', 'TimeoutError'))
  deadlineTimer(ms, expire).unref()
  return over.signal
}
