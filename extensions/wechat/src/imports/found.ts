/**
 * What is found of another program, before anything is decided: accounts with their logins and the people who may write.
 */

import { join } from 'node:path'
import { type ImportGap, messageOf } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { idSchema } from '../config/ids.ts'
import { resolveAccounts } from '../config/resolve.ts'
import { wechatConfigSchema } from '../config/schema.ts'
import type { PuppetState } from '../model/puppet-state.ts'
import { adoptILinkLogin } from '../puppets/adopt-login.ts'
import {
  hostDatabase,
  type PuppetEntry,
  readApprovals,
  readPuppetEntries,
} from '../store/foreign-databases.ts'
import { storeFile } from '../store/sqlite-store.ts'
import { readTencentAccounts } from './tencent.ts'

/** An account with a login that can be used. */
export interface Found {
  readonly accountId: string
  readonly token: string
  readonly plugin: 'tencent' | 'own'
  readonly approved: readonly string[]
  readonly conversations: number
  /** Stores the login in an account's place of the channel's store. */
  readonly adopt: (state: PuppetState) => Promise<void>
}

type OnGap = (gap: ImportGap) => void

/** Where this channel's plugin has its folder in OpenClaw. */
const pluginFolder = join('moltbot', 'wechat')
/** How long iLink lets a bot write after a person wrote. */
const windowMs = 24 * 60 * 60_000
/** Rows copied in one write. */
const pageSize = 500

/** Accounts of Tencent's plugin. */
export async function tencentAccounts(folder: string, onGap: OnGap): Promise<Found[]> {
  const approvals = await approvalsIn(folder, 'openclaw-weixin', onGap)
  const accounts = await readTencentAccounts(folder, onGap)
  return accounts.map(({ accountId, login, approved }) => ({
    accountId,
    token: login.token,
    plugin: 'tencent',
    approved: peopleIn([...approved, ...(approvals.get(accountId.toLowerCase()) ?? [])], accountId, onGap),
    conversations: openWindows(login.contextTokens),
    adopt: (state) => adoptILinkLogin(login, state),
  }))
}

/**
 * Accounts of this channel's own plugin that are on iLink. A hosted puppet has its login at its service; any other puppet is
 * logged in again.
 * @param section `channels.wechat`
 */
export async function pluginAccounts(folder: string, section: object, onGap: OnGap): Promise<Found[]> {
  const approvals = await approvalsIn(folder, 'wechaty', onGap)
  const file = join(folder, storeFile(pluginFolder))
  const stored = await orGap(file, new Map(), () => readPuppetEntries(file), onGap)
  return resolveAccounts(wechatConfigSchema.parse(section)).flatMap(({ id, puppet }): Found[] => {
    const entries: readonly PuppetEntry[] = stored.get(id) ?? []
    const token = liveToken(entries.find(({ kind }) => kind === 'credentials')?.value)
    if (token === undefined) {
      const reason = 'there is no login that can be taken over; scan its code again'
      if (puppet !== 'wechaty-puppet-service') onGap({ what: id, reason })
      return []
    }
    const approved = peopleIn(approvals.get(id.toLowerCase()) ?? [], id, onGap)
    const conversations = openWindows(entries.filter(({ kind }) => kind === 'window'))
    const adopt = (state: PuppetState) => copyEntries(entries, state)
    return [{ accountId: id, token, plugin: 'own', approved, conversations, adopt }]
  })
}

function openWindows(windows: readonly { readonly atMs: number }[]): number {
  return windows.filter(({ atMs }) => atMs > Date.now() - windowMs).length
}

/** The credentials come last: without them, a copy that was interrupted is made again. */
async function copyEntries(entries: readonly PuppetEntry[], into: PuppetState): Promise<void> {
  const kinds = new Set(entries.map(({ kind }) => kind))
  await into.write(
    [...kinds].map((kind) => ({ kind, key: undefined })),
    'relaxed',
  )
  const isLogin = ({ kind }: PuppetEntry) => kind === 'credentials'
  const rest = entries.filter((entry) => !isLogin(entry))
  for (let from = 0; from < rest.length; from += pageSize)
    await into.write(rest.slice(from, from + pageSize), 'relaxed')
  await into.write(entries.filter(isLogin), 'durable')
}

const credentials = z.object({ token: z.string().min(1), loggedOut: z.boolean().optional() })

/** The token in stored credentials of our puppet, unless the login has ended. */
export function liveToken(stored: string | undefined): string | undefined {
  const parsed = z.preprocess(jsonOf, credentials).safeParse(stored)
  return parsed.success && parsed.data.loggedOut !== true ? parsed.data.token : undefined
}

function jsonOf(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    return undefined
  }
}

/** By account, in lower case. */
async function approvalsIn(
  folder: string,
  channel: string,
  onGap: OnGap,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const file = join(folder, hostDatabase)
  const found = await orGap(file, new Map(), () => readApprovals(file, channel), onGap)
  return new Map([...found].map(([id, people]) => [id.toLowerCase(), people]))
}

/** Ids of single people. An approval of everyone, or of a login that has ended, is none. */
function peopleIn(approved: readonly string[], accountId: string, onGap: OnGap): string[] {
  const ids = new Set(approved.map((id) => id.trim()))
  const people = [...ids].filter((id) => id !== '*' && !id.includes('#') && idSchema.safeParse(id).success)
  const rest = ids.size - people.length
  if (rest > 0) onGap({ what: `${accountId}: ${rest}`, reason: 'approvals that are not the id of a person' })
  return people
}

async function orGap<Result>(
  what: string,
  otherwise: Result,
  work: () => Promise<Result>,
  onGap: OnGap,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    onGap({ what, reason: messageOf(error) })
    return otherwise
  }
}
