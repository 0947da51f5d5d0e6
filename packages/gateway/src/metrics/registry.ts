/**
 * All metrics of the gateway in one registry. It and what it imports load the Prometheus client; import it dynamically.
 */

import { collectDefaultMetrics, Registry } from '@prometheus-io/client'
import { createCounters } from './counters.ts'
import { ownerGuard } from './labels.ts'
import { createStatusGauges } from './status-gauges.ts'
import type { Metrics } from './types.ts'

export function createRegistry(): Metrics {
  const registry = new Registry()
  const guardOwner = ownerGuard()
  const show = createStatusGauges(registry, guardOwner)
  let isScraped = false
  return {
    count: createCounters(registry, guardOwner),
    page: async (status) => {
      // Those of the process cost a timer and an observer, which only a gateway that is scraped has to bear.
      if (!isScraped) collectDefaultMetrics({ register: registry })
      isScraped = true
      show(status)
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
  }
}
