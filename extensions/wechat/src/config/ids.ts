/**
 * Ids as people write them and as the channel compares them. They are compared exactly, because iLink ids are
 * case-sensitive.
 */

import { z } from 'zod'
import { maxIdLength } from './defaults.ts'

/** Prefixes that other channels and hosts of the family put before an id. WeChat's own ids never have them. */
const prefix =
  /^(?:(?:wechaty?|weixin|wx|openclaw-weixin|user|id|sender|contact|member|peer|direct|dm|group|room|chatroom|channel)\s*[:：]\s*)+/i
/** Any other colon: names, telephone numbers, ids of other networks. Ids of groups in WeCom begin with `R:`. */
const otherColon = /^(?![a-z]:[^:：]*$).*[:：]/isu
const writtenAlias = /^alias\s*[:：]\s*/i
const everyWord = /^(?:[*＊]{2,}|＊|all|any|anyone|everyone|everybody|所有人|全部)$/i
const unseen = /[\p{Control}\p{Default_Ignorable_Code_Point}]/u

/**
 * Prefix of an entry that matches a contact by the remark that the account's owner gave it. It is for backends whose ids
 * change at every login. Unlike a name, a remark can be set by the owner only.
 */
export const aliasPrefix = 'alias:'

/** Trims an id and removes the family's prefixes, such as `wechat:`, `id:` and `group:`. Case is preserved. */
export function normalizeId(entry: string): string {
  return entry.trim().replace(prefix, '').replace(writtenAlias, aliasPrefix).trim()
}

/** Why an entry can match no id, if it cannot: an entry without effect would admit or restrict nobody. */
function idFlaw(entry: string): string | undefined {
  const id = normalizeId(entry)
  if (id === '' || id === aliasPrefix) return 'the id is missing'
  if (id.startsWith(aliasPrefix)) return undefined
  if (everyWord.test(id)) return 'is not an id; write "*" for everyone'
  if (otherColon.test(id)) return notAnId
  if (/[*＊]/.test(id) && id !== '*') return 'is not an id; `*` stands alone, for everyone'
  if (/[\s"'“”‘’,，;；、|]/.test(id)) return 'is not an id; write one id without spaces, quotes and commas'
  return unseen.test(id) ? 'contains an invisible character; write the id again' : undefined
}

const notAnId =
  'is not an id; write the id of the user or group as shown in the log and by `moltbot pairing list`'

export const idSchema = z
  .string()
  .max(maxIdLength)
  .superRefine((entry, context) => {
    const flaw = idFlaw(entry)
    if (flaw !== undefined) context.addIssue(flaw)
  })

/** Ids of groups in web WeChat and related backends end in `@chatroom` or begin with `@@`. */
export function looksLikeGroup(id: string): boolean {
  return id.endsWith('@chatroom') || id.startsWith('@@')
}

/** Ids of users that no group can have: of WeChat and of iLink, and remarks. */
function looksLikeUser(id: string): boolean {
  return id.startsWith('wxid_') || id.endsWith('@im.wechat') || id.startsWith(aliasPrefix)
}

/**
 * Account ids are used as folder names and in URLs, session keys and log lines. So they have only letters, digits, `-`,
 * `_` and `.`, begin and end with a letter or digit, and are at most 64 characters long. `name` is the label for people.
 */
export const accountIdSchema = z.string().regex(/^[A-Za-z0-9](?:[\w.-]{0,62}[A-Za-z0-9])?$/, {
  error:
    'an account id has 1 to 64 letters, digits, "-", "_" or ".", and begins and ends with a letter or digit; use `name` for a label',
})

/** Whose ids are the keys of a map, and which ids are surely of the other kind. */
const misplaced = {
  user: {
    test: looksLikeGroup,
    error: 'is the id of a group, not of a user, so the entry would restrict nobody',
  },
  group: { test: looksLikeUser, error: 'is not the id of a group, so the entry would restrict no group' },
}

/** A map by id of users or groups. Two keys that normalise to the same id are an error. */
export function idMapSchema<Value extends z.ZodType>(
  of: keyof typeof misplaced,
  value: Value,
  maxEntries: number,
) {
  const { test, error } = misplaced[of]
  return z
    .record(
      idSchema.refine((key) => !test(normalizeId(key)), { error }),
      value,
    )
    .superRefine((map, context) => {
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
