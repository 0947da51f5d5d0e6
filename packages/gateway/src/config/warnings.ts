/**
 * Traps in the gateway's own part of a valid configuration.
 */

import type { ConfigProblem } from './config-error.ts'
import type { Located } from './located.ts'
import { problemAt } from './problems.ts'
import type { GatewayConfig } from './schema.ts'

export function gatewayWarnings({ agents, models }: GatewayConfig, root: Located): ConfigProblem[] {
  const { primary } = agents.defaults.model
  const path = ['agents', 'defaults', 'model', 'primary']
  const warn = (message: string) => [problemAt(root, path, { message, severity: 'warning' })]
  if (primary === undefined) {
    return warn(
      'no model is configured, so whoever writes is told that there is no answer; name one as "provider/model"',
    )
  }
  const slash = primary.indexOf('/')
  const listed = models.providers[primary.slice(0, slash)]?.models?.map(({ id }) => id)
  if (!listed || listed.includes(primary.slice(slash + 1))) return []
  return warn(`the provider's list of models does not have "${primary.slice(slash + 1)}"`)
}
