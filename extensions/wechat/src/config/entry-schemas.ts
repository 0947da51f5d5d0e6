/**
 * Rules for one group (`groups.<id>`) and for one person in a direct chat (`dms.<id>`).
 */

import { z } from 'zod'
import { idMapSchema, idSchema } from './ids.ts'
import { maxHistoryMessages, maxListEntries, maxPromptLength } from './limits.ts'
import { mentionPatternsSchema } from './patterns.ts'
import { toolScopeSchema } from './tools.ts'

const historyLimit = z.int().min(0).max(maxHistoryMessages).exactOptional()
const tools = toolScopeSchema.exactOptional()

export const groupEntrySchema = z.strictObject({
  enabled: z.boolean().exactOptional().describe('false: the bot ignores this group.'),
  requireMention: z
    .boolean()
    .exactOptional()
    .meta({ description: 'Whether the bot answers only when it is mentioned.', default: true }),
  allowFrom: z
    .array(idSchema)
    .max(maxListEntries)
    .exactOptional()
    .describe(
      'User ids whom the bot hears in this group, "*" for everybody; replaces `groupAllowFrom` here.',
    ),
  tools: tools.describe(
    'Which of the agent\'s tools this group may use, of those that "*" leaves it: a list of names, or `{allow, alsoAllow, deny}`.',
  ),
  toolsBySender: idMapSchema(toolScopeSchema, maxListEntries)
    .exactOptional()
    .describe(
      'The same for single senders in this group, by user id; "*" is every other sender. It narrows `tools` further.',
    ),
  historyLimit: historyLimit.describe('`historyLimit` for this group.'),
  systemPrompt: z
    .string()
    .max(maxPromptLength)
    .exactOptional()
    .describe("Said to the agent in this group, besides the agent's own system prompt."),
  mentionPatterns: mentionPatternsSchema.exactOptional().describe('`mentionPatterns` for this group.'),
})

export const dmEntrySchema = z.strictObject({
  historyLimit: historyLimit.describe('`dmHistoryLimit` for this person.'),
  tools: tools.describe(
    "Which of the agent's tools this person may use: a list of names, or `{allow, alsoAllow, deny}`.",
  ),
})

export type GroupEntryConfig = z.infer<typeof groupEntrySchema>
export type DmEntryConfig = z.infer<typeof dmEntrySchema>
