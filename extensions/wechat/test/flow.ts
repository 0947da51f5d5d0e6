/**
 * An account without its connection: inbox, store, gate, lanes, turns and outbox, wired as `account.ts` wires them, over
 * a link that a test or bench hands in. What stands before it (Wechaty, the puppet) is left out, so that messages can
 * come as fast as the disk takes them.
 */

import { join } from 'node:path'
import type { ChannelHost } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../src/config/resolve.ts'
import { Inbox } from '../src/inbound/inbox.ts'
import type { AccountLink } from '../src/model/link.ts'
import { Composer, type TextShape } from '../src/outbound/compose.ts'
import { Outbox } from '../src/outbound/outbox.ts'
import { OutgoingFiles } from '../src/outbound/outgoing-files.ts'
import { openSqliteStore } from '../src/store/sqlite-store.ts'
import type { Store } from '../src/store/store.ts'
import { Lanes } from '../src/turns/lanes.ts'
import { answer } from '../src/turns/turns.ts'

export interface Flow {
  readonly inbox: Inbox
  readonly lanes: Lanes
  readonly outbox: Outbox
  readonly store: Store
  stop(): Promise<void>
}

export interface FlowOptions {
  readonly account: ResolvedAccount
  readonly host: ChannelHost
  readonly link: AccountLink
  /** What the puppet takes; by default whatever the account wants, in plain text. */
  readonly shape?: TextShape
  readonly now?: () => number
}

export async function startFlow({ account, host, link, shape, now = Date.now }: FlowOptions): Promise<Flow> {
  const { log, stateDir } = host
  const { store } = openSqliteStore(join(stateDir, 'wechat.sqlite'))
  const outgoing = new OutgoingFiles({
    folder: join(stateDir, 'outgoing'),
    maxBytes: () => Math.min(account.mediaMaxBytes, link.maxMediaBytes),
    runId: 'this-run',
    addresses: {},
  })
  const composer = new Composer({
    account,
    shape: () => shape,
    sendsLeft: link.sendsLeft,
    outgoing,
  })
  const outbox = new Outbox({ accountId: account.id, store, report: host.report, log, now })
  const wakeOutbox: Outbox['wake'] = (conversation) => outbox.wake(conversation)
  const turns = {
    channelId: 'wechat',
    account,
    store,
    host,
    link: () => link,
    wakeOutbox,
    composer,
    mediaFolder: join(stateDir, 'media'),
    outgoing,
    idStability: () => 'stable' as const,
    log,
    now,
  }
  const lanes = new Lanes({
    debounceMs: () => host.debounceMs,
    ready: (conversation, signal) => outbox.drained(conversation, signal),
    answer: (conversation, take, signal) => answer(turns, conversation, take, signal),
    log,
    now,
  })
  const status = { state: 'online', sinceMs: 0 }
  const inbox = new Inbox({
    account,
    store,
    pairing: host.pairing,
    approveCommand: host.approveCommand,
    commands: { channelId: 'wechat', host, status: () => status },
    lanes,
    wakeOutbox: ({ conversation }) => outbox.wake(conversation),
    report: host.report,
    log,
    now,
  })
  await outbox.attach(link)
  await inbox.resume()
  return {
    inbox,
    lanes,
    outbox,
    store,
    async stop() {
      await Promise.all([lanes.stop(), outbox.stop(1_000)])
      await inbox.stop()
      await store.close()
    },
  }
}

/** A backend that takes whatever it is given, but for what a test wants otherwise. */
export function easyLink(changes: Partial<AccountLink> = {}): AccountLink {
  return {
    minSendGapMs: 0,
    resendUncertain: false,
    maxMediaBytes: 25 * 1024 * 1024,
    sendsLeft: () => undefined,
    reachable: () => true,
    sendText: async () => undefined,
    sendFile: async () => undefined,
    fetchMedia: () => Promise.reject(new Error('there is no file')),
    typing: async () => undefined,
    ...changes,
  }
}
