/**
 * The schema of `channels.wechat`, strict, for the configuration as its author writes it. The types, the JSON Schema for
 * editors and the manual's key reference are derived from it; `resolve.ts` computes what it means for one account.
 */

import { z } from 'zod'
import { accountKeys } from './account-schema.ts'
import { expandPuppet } from './catalogue.ts'
import { defaults, maxAccounts, soleAccountId } from './defaults.ts'
import { accountIdSchema } from './ids.ts'

const accountSchema = z.strictObject(accountKeys)

export const wechatConfigSchema = z
  .strictObject({
    ...accountKeys,
    defaultAccountId: accountIdSchema
      .exactOptional()
      .describe(
        'The account that commands and outbound sends use if they name none. Default: "default" if it exists, else the first by id.',
      ),
    accounts: z
      .record(accountIdSchema, accountSchema)
      .exactOptional()
      .describe(
        'Accounts by id. Each may have every key of the channel level, and its own value replaces the one there. Without `accounts` there is one account, "default".',
      ),
  })
  .superRefine(checkAccounts)

/** The most account ids that one message lists. */
const maxNamed = 20

export type WechatConfig = z.infer<typeof wechatConfigSchema>
export type AccountConfig = z.infer<typeof accountSchema>

function checkAccounts(config: WechatConfig, context: z.RefinementCtx): void {
  const ids = config.accounts === undefined ? [soleAccountId] : Object.keys(config.accounts)
  const chosen = config.defaultAccountId
  if (ids.length > maxAccounts) {
    context.addIssue({ code: 'custom', path: ['accounts'], message: `at most ${maxAccounts} accounts` })
  }
  for (const id of caseDuplicates(ids)) {
    const message = 'another account id differs from this one only in case, so both would use the same folder'
    context.addIssue({ code: 'custom', path: ['accounts', id], message })
  }
  if (chosen !== undefined && !ids.includes(chosen)) {
    const known = ids.slice(0, maxNamed).join(', ')
    const message = `account "${chosen}" does not exist; the configured accounts are: ${known || 'none'}`
    context.addIssue({ code: 'custom', path: ['defaultAccountId'], message })
  }
  checkTokens(config, context)
}

/** A hosted puppet serves one client. A second client of the same token gets no events, and stops the puppet for both when it ends. */
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
    const message = `accounts "${first}" and "${id}" have the same token, but a hosted puppet serves only one account`
    context.addIssue({
      code: 'custom',
      path: account.puppetOptions === undefined ? path : ['accounts', id, ...path],
      message,
    })
  }
}

/** Ids that differ only in case from an earlier one: a file system that ignores case cannot tell them apart. */
function caseDuplicates(ids: readonly string[]): string[] {
  const seen = new Set<string>()
  return ids.filter((id) => seen.has(id.toLowerCase()) || !seen.add(id.toLowerCase()))
}
