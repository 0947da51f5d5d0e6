/**
 * Tool scopes: which of the agent's tools a group or a person may use. A scope only narrows.
 */

import { z } from 'zod'
import { maxToolNames } from './limits.ts'

const toolNames = z.array(z.string().min(1).max(200)).max(maxToolNames)

const scopeObject = z.strictObject({
  allow: toolNames
    .exactOptional()
    .describe('Only these tools. `*` and `prefix_*` work. An empty list: no tool at all.'),
  alsoAllow: toolNames.exactOptional().describe('These too, besides what `allow` names.'),
  deny: toolNames.exactOptional().describe('Never these, whatever else allows them.'),
})

export const toolScopeSchema = z.union([toolNames, scopeObject])

export type ToolScopeConfig = z.infer<typeof toolScopeSchema>

export interface ToolScope {
  readonly allow?: readonly string[]
  readonly alsoAllow?: readonly string[]
  readonly deny?: readonly string[]
}

/** A list is short for `{allow: list}`. */
export function normalizeScope(scope: ToolScopeConfig): ToolScope {
  return 'length' in scope ? { allow: scope } : scope
}
