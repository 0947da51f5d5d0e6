/**
 * `targets`: names for those to whom programs may write, so that a program never needs an id of WeChat.
 */

import { z } from 'zod'

const maxTargets = 1_000
const maxIdLength = 256

export const targetName = z.string().regex(/^[a-zA-Z0-9][\w-]{0,31}$/, {
  error: "a target's name has 1 to 32 letters, digits, `_` and `-`",
})

const id = z.string().min(1).max(maxIdLength)

const target = z
  .strictObject({
    account: z
      .string()
      .min(1)
      .max(64)
      .exactOptional()
      .describe('The account that sends. Default: the default account.'),
    person: id.exactOptional().describe('Id of the person who gets the messages.'),
    group: id.exactOptional().describe('Id of the group that gets the messages, instead of a person.'),
  })
  .refine(({ person, group }) => (person === undefined) !== (group === undefined), {
    error: 'a target is either a person or a group: give one of `person` and `group`',
  })

export const targetsSchema = z
  .record(targetName, target)
  .refine((targets) => Object.keys(targets).length <= maxTargets, { error: `at most ${maxTargets} targets` })
  .default({})
  .describe(
    'Persons and groups to whom programs may write through `moltbot push`, the push API and the MCP server, under names that you choose: `{ops: {person: "ID"}}`.',
  )

export type Targets = z.output<typeof targetsSchema>
