/**
 * Ids as people write them and as the channel compares them. Compared exactly: iLink ids are case-sensitive.
 */

import { z } from 'zod'
import { maxIdLength } from './limits.ts'

/** Other channels and hosts of the family put these before an id; WeChat's own ids never bear them. */
const prefix = /^(?:(?:wechat|wx|user):\s*)+/i

/**
 * Begins an entry that means the remark which the account's owner gave somebody. It is for backends whose ids change
 * at every login; only the owner can set a remark, unlike any name.
 */
export const aliasPrefix = 'alias:'

/** Trimmed, without `wechat:`, `wx:` or `user:` before it. Case stays. */
export function normalizeId(entry: string): string {
  const id = entry.trim().replace(prefix, '').trim()
  return id.startsWith(aliasPrefix) ? aliasPrefix + id.slice(aliasPrefix.length).trim() : id
}

/** An id that means somebody once it is normalised. */
export const idSchema = z
  .string()
  .max(maxIdLength)
  .refine((entry) => !['', aliasPrefix].includes(normalizeId(entry)), { error: 'an id is missing here' })

/**
 * Account ids name folders and stand in URLs, session keys and log lines, so they are letters, digits, `-`, `_` and
 * `.` only, begin and end with a letter or digit, and have at most 64 characters. `name` is the label for people.
 */
export const accountIdSchema = z.string().regex(/^[A-Za-z0-9](?:[\w.-]{0,62}[A-Za-z0-9])?$/, {
  error:
    'an account id is 1 to 64 letters, digits, "-", "_" or ".", the first and last one a letter or digit; use `name` for a label',
})

/** A map keyed by id, each of which may stand in it once, however it is spelled. */
export function idMapSchema<Value extends z.ZodType>(value: Value, maxEntries: number) {
  return z.record(idSchema, value).superRefine((map, context) => {
    const seen = new Map<string, string>()
    const keys = Object.keys(map)
    if (keys.length > maxEntries) context.addIssue(`at most ${maxEntries} entries`)
    for (const key of keys) {
      const earlier = seen.get(normalizeId(key))
      if (earlier !== undefined) {
        context.addIssue({ code: 'custom', path: [key], message: `means the same id as "${earlier}"` })
      }
      seen.set(normalizeId(key), key)
    }
  })
}

/** The same map under normalised ids. */
export function normalizeKeys<Value>(map: Readonly<Record<string, Value>>): Map<string, Value> {
  return new Map(Object.entries(map).map(([key, value]) => [normalizeId(key), value]))
}
