/**
 * Traps in the gateway's own part of a valid configuration.
 */

import type { ConfigProblem } from './config-error.ts'
import type { Located } from './located.ts'
import { problemAt } from './problems.ts'
import type { GatewayConfig } from './schema.ts'

export function gatewayWarnings(config: GatewayConfig, root: Located): ConfigProblem[] {
  return [...modelWarnings(config, root), ...linkWarnings(config, root)]
}

function modelWarnings({ agents, models }: GatewayConfig, root: Located): ConfigProblem[] {
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

/** The memory of an id that is two people's would be that of the first. */
function linkWarnings({ session }: GatewayConfig, root: Located): ConfigProblem[] {
  const people = new Map<string, string>()
  return Object.entries(session.identityLinks).flatMap(([person, ids]) =>
    ids.flatMap((written) => {
      const id = written.trim()
      const first = people.get(id) ?? person
      people.set(id, first)
      if (first === person) return []
      const message = `"${id}" stands under "${first}" already, and is taken for that person`
      return [problemAt(root, ['session', 'identityLinks', person], { message, severity: 'warning' })]
    }),
  )
}
