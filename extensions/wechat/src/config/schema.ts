/**
 * What may stand under `channels.wechat`, strict, as its author writes it. Types, the JSON Schema for editors and the
 * manual's key reference all come from here; what it means for one account is `resolve.ts`.
 */

import { z } from 'zod'
import { accountKeys } from './account-schema.ts'
import { defaults, soleAccountId } from './defaults.ts'
import { accountIdSchema } from './ids.ts'
import { maxAccounts } from './limits.ts'
import { expandPuppet } from './puppet-names.ts'

const accountSchema = z.strictObject(accountKeys)

export const wechatConfigSchema = z
  .strictObject({
    ...accountKeys,
    defaultAccountId: accountIdSchema
      .exactOptional()
      .describe(
        'The account used when a command or an outbound send names none. Default: "default" if there is one, else the first by id.',
      ),
    accounts: z
      .record(accountIdSchema, accountSchema)
      .exactOptional()
      .describe(
        'Accounts by id. Each may hold every key of the channel level, and its own value replaces the one there. Without it there is one account, "default".',
      ),
  })
  .superRefine(checkAccounts)

/** Account ids that a message names at most. */
const maxNamed = 20

export type WechatConfig = z.infer<typeof wechatConfigSchema>
export type AccountConfig = z.infer<typeof accountSchema>

function checkAccounts(config: WechatConfig, context: z.RefinementCtx): void {
  const ids = config.accounts === undefined ? [soleAccountId] : Object.keys(config.accounts)
  const chosen = config.defaultAccountId
  if (ids.length > maxAccounts) {
    context.addIssue({ code: 'custom', path: ['accounts'], message: `at most ${maxAccounts} accounts` })
  }
  for (const id of twins(ids)) {
    const message = 'another account id differs from this one by case only; their folders would be one'
    context.addIssue({ code: 'custom', path: ['accounts', id], message })
  }
  if (chosen !== undefined && !ids.includes(chosen)) {
    const known = ids.slice(0, maxNamed).join(', ')
    const message = `there is no account "${chosen}"; there is ${known || 'none'}`
    context.addIssue({ code: 'custom', path: ['defaultAccountId'], message })
  }
  checkTokens(config, context)
}

/** A hosted puppet serves one client: a second one of the same token gets nothing, and stops it for both when it ends. */
function checkTokens(config: WechatConfig, context: z.RefinementCtx): void {
  const firstOf = new Map<unknown, string>()
  for (const [id, account] of Object.entries(config.accounts ?? {})) {
    const { enabled = true, puppet = defaults.puppet, puppetOptions = {} } = { ...config, ...account }
    const { token } = puppetOptions
    if (!enabled || token === undefined || expandPuppet(puppet) !== 'wechaty-puppet-service') continue
    const first = firstOf.get(token)
    firstOf.set(token, first ?? id)
    if (first === undefined) continue
    const path = ['puppetOptions', 'token']
    const message = `accounts "${first}" and "${id}" have the same token; a hosted puppet serves one of them`
    context.addIssue({
      code: 'custom',
      path: account.puppetOptions === undefined ? path : ['accounts', id, ...path],
      message,
    })
  }
}

/** Ids that a file system which ignores case takes for an earlier one. */
function twins(ids: readonly string[]): string[] {
  const seen = new Set<string>()
  return ids.filter((id) => seen.has(id.toLowerCase()) || !seen.add(id.toLowerCase()))
}
