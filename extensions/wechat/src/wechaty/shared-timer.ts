/**
 * What is done again and again for each of many accounts. All that is done equally often shares a timer, so that a process
 * with thousands of accounts at rest wakes once for them.
 */

interface Round {
  readonly calls: Set<() => void>
  readonly timer: NodeJS.Timeout
}

const rounds = new Map<number, Round>()

/**
 * Calls it again and again, the first time within `ms`. Does not keep the process alive.
 * @returns what ends it
 */
export function every(ms: number, call: () => void): () => void {
  const round = rounds.get(ms) ?? begin(ms)
  round.calls.add(call)
  return () => {
    if (!round.calls.delete(call) || round.calls.size > 0) return
    clearInterval(round.timer)
    rounds.delete(ms)
  }
}

function begin(ms: number): Round {
  const calls = new Set<() => void>()
  const callAll = () => {
    for (const call of calls) call()
  }
  const round = { calls, timer: setInterval(callAll, ms).unref() }
  rounds.set(ms, round)
  return round
}
