/**
 * Ids as people write them and as the channel compares them. They are compared exactly, because iLink ids are
 * case-sensitive.
 */

import { z } from 'zod'
import { maxIdLength } from './defaults.ts'

/** Prefixes that other channels and hosts of the family put before an id. WeChat's own ids never have them. */
const prefix =
  /^(?:(?:wechaty?|weixin|wx|openclaw-weixin|user|id|sender|contact|direct|dm|group|room|channel):\s*)+/i
/** The family's prefixes for names and telephone numbers. An entry with one matches no user, so it would restrict none. */
const notAnId = /^(?:e164|phone|tel|username|name|nickname):/i

/**
 * Prefix of an entry that matches a contact by the remark that the account's owner gave it. It is for backends whose ids
 * change at every login. Unlike a name, a remark can be set by the owner only.
 */
export const aliasPrefix = 'alias:'

/** Trims an id and removes the family's prefixes, such as `wechat:`, `id:` and `group:`. Case is preserved. */
export function normalizeId(entry: string): string {
  const id = entry.trim().replace(prefix, '').trim()
  return id.startsWith(aliasPrefix) ? aliasPrefix + id.slice(aliasPrefix.length).trim() : id
}

/** An id that is not empty after normalisation. */
export const idSchema = z
  .string()
  .max(maxIdLength)
  .refine((entry) => !['', aliasPrefix].includes(normalizeId(entry)), { error: 'the id is missing' })
  .refine((entry) => !notAnId.test(normalizeId(entry)), {
    error:
      'is not an id; write the id of the user or group as shown in the log and by `moltbot pairing list`',
  })

/**
 * Account ids are used as folder names and in URLs, session keys and log lines. So they have only letters, digits, `-`,
 * `_` and `.`, begin and end with a letter or digit, and are at most 64 characters long. `name` is the label for people.
 */
export const accountIdSchema = z.string().regex(/^[A-Za-z0-9](?:[\w.-]{0,62}[A-Za-z0-9])?$/, {
  error:
    'an account id has 1 to 64 letters, digits, "-", "_" or ".", and begins and ends with a letter or digit; use `name` for a label',
})

/** A map by id. Two keys that normalise to the same id are an error. */
export function idMapSchema<Value extends z.ZodType>(value: Value, maxEntries: number) {
  return z.record(idSchema, value).superRefine((map, context) => {
    const seen = new Map<string, string>()
    const keys = Object.keys(map)
    if (keys.length > maxEntries) context.addIssue(`at most ${maxEntries} entries`)
    for (const key of keys) {
      const earlier = seen.get(normalizeId(key))
      if (earlier !== undefined) {
        context.addIssue({ code: 'custom', path: [key], message: `is the same id as "${earlier}"` })
      }
      seen.set(normalizeId(key), key)
    }
  })
}

/** The map with normalised ids as keys. */
export function normalizeKeys<Value>(map: Readonly<Record<string, Value>>): Map<string, Value> {
  return new Map(Object.entries(map).map(([key, value]) => [normalizeId(key), value]))
}
