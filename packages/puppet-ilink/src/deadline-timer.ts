/**
 * The timer of every deadline. While a process is paused (a paused container, a snapshot of the machine, the sleep of a
 * laptop) answers arrive and its timers fall due. When it goes on, Node runs timers before it reads sockets, so a plain
 * timer throws away an answer that has come in time.
 */

/** A timer that is later than this was held up. */
const lateMs = 250
/** Time to read what has arrived meanwhile. */
const graceMs = 2_000

export interface DeadlineTimer {
  /** Starts the time again. */
  refresh(): void
  cancel(): void
}

/** Calls `end` once after `ms`; up to 2 s later where the process was paused in that time. */
export const deadlineTimer = (ms: number, end: () => void): DeadlineTimer => {
  let timer: NodeJS.Timeout
  const refresh = () => {
    clearTimeout(timer)
    const dueMs = performance.now() + ms
    timer = setTimeout(() => {
      if (performance.now() - dueMs <= lateMs) end()
      else timer = setTimeout(end, graceMs)
    }, ms)
  }
  refresh()
  return { refresh, cancel: () => clearTimeout(timer) }
}
