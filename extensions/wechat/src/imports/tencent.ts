/**
 * The logins that Tencent's plugin for OpenClaw (`@tencent-weixin/openclaw-weixin`, 1.0 to 2.4.9) has stored below OpenClaw's
 * state directory:
 * - `openclaw-weixin/accounts.json`: ids of the accounts, the oldest login first
 * - `openclaw-weixin/accounts/<id>.json`: token, address of the API, the person who scanned
 * - `openclaw-weixin/accounts/<id>.sync.json`: where polling goes on
 * - `openclaw-weixin/accounts/<id>.context-tokens.json`: what a send to a person needs
 * - `credentials/openclaw-weixin-<id>-allowFrom.json`: people who were approved
 * Early versions had files named after the bot's own id, and one account in `credentials/openclaw-weixin/credentials.json`.
 */

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, type ImportGap, messageOf } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { accountIdSchema } from '../config/ids.ts'
import type { ILinkLogin } from '../puppets/adopt-login.ts'
import { readForeignJson } from './foreign-file.ts'

export interface TencentAccount {
  readonly accountId: string
  readonly login: ILinkLogin
  readonly approved: readonly string[]
}

const maxFileBytes = 1024 * 1024
const maxTokensFileBytes = 32 * 1024 * 1024
const pluginFolder = 'openclaw-weixin'

const header = z.string().regex(/^[\x21-\x7e]{1,4096}$/)
const wireId = z.string().regex(/^[\x21-\x7e]{1,256}$/)
const accountFile = z.object({
  token: header,
  userId: wireId.optional().catch(undefined),
  baseUrl: z
    .url({ protocol: /^https$/ })
    .optional()
    .catch(undefined),
})
const syncFile = z.object({ get_updates_buf: z.string() })
const tokensFile = z.record(z.string(), z.unknown())
const allowFile = z.object({ allowFrom: z.array(z.unknown()) })
const indexFile = z.array(z.unknown())

/** @param onGap called for each file and account that is left out */
export async function readTencentAccounts(
  folder: string,
  onGap: (gap: ImportGap) => void,
): Promise<TencentAccount[]> {
  const read = async <S extends z.ZodType>(file: string, schema: S, maxBytes = maxFileBytes) => {
    try {
      const value = await readForeignJson(join(folder, file), maxBytes)
      if (value === undefined) return undefined
      const { success, data } = schema.safeParse(value)
      if (success) return data
      onGap({ what: file, reason: 'it does not contain what is expected there' })
    } catch (error) {
      onGap({ what: file, reason: messageOf(error) })
    }
    return undefined
  }
  const reading: Reading = { folder, read, onGap }
  const accounts: TencentAccount[] = []
  for (const accountId of await accountIds(reading)) {
    const account = await readAccount(accountId, reading)
    if (account !== undefined) accounts.push(account)
  }
  return accounts
}

interface Reading {
  readonly folder: string
  /** The content of a file; undefined where there is none, or none that can be used. */
  readonly read: <S extends z.ZodType>(
    file: string,
    schema: S,
    maxBytes?: number,
  ) => Promise<z.infer<S> | undefined>
  readonly onGap: (gap: ImportGap) => void
}

/** From the index; without one that can be read, from the names of the files. */
async function accountIds({ folder, read, onGap }: Reading): Promise<string[]> {
  const index = await read(join(pluginFolder, 'accounts.json'), indexFile)
  const written = index ?? (await idsOfFiles(join(folder, pluginFolder, 'accounts'), onGap))
  const ids = new Set<string>()
  for (const one of written) {
    const id = typeof one === 'string' ? normalId(one) : ''
    if (accountIdSchema.safeParse(id).success) ids.add(id)
    else onGap({ what: JSON.stringify(one), reason: 'it is not the id of an account' })
  }
  return [...ids]
}

/** Without companion files. The account of the earliest versions is known by its token alone. */
async function idsOfFiles(folder: string, onGap: Reading['onGap']): Promise<string[]> {
  try {
    const names = await readdir(folder)
    return names.flatMap((name) => /^([^.]+(?:\.bot)?)\.json$/.exec(name)?.[1] ?? []).toSorted()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [legacyId]
    onGap({ what: folder, reason: messageOf(error) })
    return []
  }
}

/** Where neither an index nor a file of an account exists. */
const legacyId = 'default'

/** `b0f5860fdecb@im.bot` is `b0f5860fdecb-im-bot` in the names of newer files. */
const normalId = (id: string) => id.trim().replaceAll(/[^\w-]+/g, '-')
const rawId = (id: string) => id.replace(/-im-(bot|wechat)$/, '@im.$1')

async function readAccount(accountId: string, reading: Reading): Promise<TencentAccount | undefined> {
  const { read, onGap } = reading
  const names = [...new Set([accountId, rawId(accountId)])]
  const own = await firstOf(names, (name) => read(accountPath(`${name}.json`), accountFile))
  const legacy = join('credentials', pluginFolder, 'credentials.json')
  const credentials = own ?? (await read(legacy, accountFile.pick({ token: true })))
  if (credentials === undefined) {
    if (accountId !== legacyId) onGap({ what: accountId, reason: 'it has no token; scan its code again' })
    return undefined
  }
  const { token, ...rest } = { userId: undefined, baseUrl: undefined, ...credentials }
  const legacySync = join('agents', 'default', 'sessions', '.openclaw-weixin-sync', 'default.json')
  const sync =
    (await firstOf(names, (name) => read(accountPath(`${name}.sync.json`), syncFile))) ??
    (await read(legacySync, syncFile))
  const login: ILinkLogin = {
    botId: botIdOf(accountId, token),
    token,
    ...(rest.userId !== undefined && { userId: rest.userId }),
    ...(rest.baseUrl !== undefined && { baseUrl: rest.baseUrl }),
    ...(sync?.get_updates_buf && { cursor: sync.get_updates_buf }),
    contextTokens: await contextTokens(accountId, reading),
  }
  const allowed = await read(join('credentials', `${pluginFolder}-${accountId}-allowFrom.json`), allowFile)
  const approved = (allowed?.allowFrom ?? []).filter((id) => typeof id === 'string')
  return { accountId, login, approved }
}

const accountPath = (name: string) => join(pluginFolder, 'accounts', name)

async function firstOf<Found>(
  names: readonly string[],
  look: (name: string) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  for (const name of names) {
    const found = await look(name)
    if (found !== undefined) return found
  }
  return undefined
}

/** A token begins with the id of its bot; the name of the file has lost its case. */
function botIdOf(accountId: string, token: string): string {
  const [beginning = ''] = token.split(':')
  const isOfFile = accountId === legacyId || normalId(beginning) === accountId
  return token.includes(':') && isOfFile ? beginning : rawId(accountId)
}

/** The file does not say when each person wrote; it is written with every message, so none wrote later than its time. */
async function contextTokens(
  accountId: string,
  { folder, read }: Reading,
): Promise<ILinkLogin['contextTokens']> {
  const file = accountPath(`${accountId}.context-tokens.json`)
  const tokens = await read(file, tokensFile, maxTokensFileBytes)
  if (tokens === undefined) return []
  const { mtimeMs } = await stat(join(folder, file))
  const atMs = Math.floor(Math.min(mtimeMs, Date.now()))
  return Object.entries(tokens).flatMap(([userId, token]) => {
    const isUsable = wireId.safeParse(userId).success && header.safeParse(token).success
    return isUsable ? [{ userId, token: String(token), atMs }] : []
  })
}
