/**
 * The gateway's figures for Prometheus. They outlive restarts in process, so that counters only ever grow. The library
 * behind them is loaded when the first thing is counted: start-up does not wait for it.
 */

import type { Metrics } from './types.ts'

/** @param onError hears why something was not counted; nothing else suffers from it. */
export function createMetrics(onError: (error: unknown) => void): Metrics {
  let loading: Promise<Metrics> | undefined
  const loaded = () => {
    loading ??= import('./registry.ts').then(({ createRegistry }) => createRegistry())
    return loading
  }
  return {
    count: (owner, event) => {
      loaded()
        .then((metrics) => metrics.count(owner, event))
        .catch(onError)
    },
    page: async (status) => (await loaded()).page(status),
  }
}
