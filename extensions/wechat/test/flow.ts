/**
 * An account without its connection: inbox, store, gate, lanes, turns and outbox, wired as `account-run.ts` wires them, over
 * a link from the test or benchmark. Wechaty and the puppet are left out, so that messages can arrive as fast as the disk
 * stores them.
 */

import { join } from 'node:path'
import { type ChannelHost, type Conversation, DiskBudget } from '@moltbot/channel-sdk'
import { messageCharsOf, turnsPerHourOf } from '../src/config/limits.ts'
import type { ResolvedAccount } from '../src/config/resolve.ts'
import { runCommand } from '../src/inbound/commands.ts'
import { Gate } from '../src/inbound/gate.ts'
import { Inbox } from '../src/inbound/inbox.ts'
import { OwnBots } from '../src/inbound/own-bots.ts'
import type { AccountLink } from '../src/model/link.ts'
import { Composer, type TextShape } from '../src/outbound/compose.ts'
import { Outbox } from '../src/outbound/outbox.ts'
import { OutboxDesk } from '../src/outbound/outbox-desk.ts'
import { OutgoingFiles } from '../src/outbound/outgoing-files.ts'
import { Silence } from '../src/outbound/silence.ts'
import { folderBlobs } from '../src/store/blobs.ts'
import { openSqliteStore } from '../src/store/sqlite-store.ts'
import type { AccountStore, Store } from '../src/store/store.ts'
import { Lanes } from '../src/turns/lanes.ts'
import { TurnRunner } from '../src/turns/runner.ts'

export interface Flow {
  readonly inbox: Inbox
  readonly lanes: Lanes
  readonly outbox: Outbox
  /** Approvals have changed. */
  recheck(): Promise<void>
  /** Ends the turns, which is the first step when an account is stopped. */
  readonly stopping: AbortController
  readonly store: AccountStore
  /** The store of all accounts. */
  readonly whole: Store
  stop(): Promise<void>
}

export interface FlowOptions {
  readonly account: ResolvedAccount
  readonly host: ChannelHost
  readonly link: AccountLink
  /** The text format of the puppet. Default: plain text of any length. */
  readonly shape?: TextShape
  readonly now?: () => number
  /** The accounts of the gateway that are logged in. Default: none. */
  readonly ownBots?: OwnBots
}

export async function startFlow({
  account,
  host,
  link,
  shape,
  now = Date.now,
  ownBots = new OwnBots(),
}: FlowOptions): Promise<Flow> {
  const { log, stateDir } = host
  const whole = openSqliteStore(join(stateDir, 'wechat.sqlite')).store
  const store = await whole.openAccount(account.id, 'test')
  const blobs = folderBlobs(join(stateDir, 'outgoing'), 'this-run')
  const stopping = new AbortController()
  const outgoing = new OutgoingFiles({
    blobs,
    maxBytes: () => Math.min(account.mediaMaxBytes, link.maxMediaBytes),
    addresses: {},
  })
  const composer = new Composer({
    account,
    shape: () => shape,
    sendsLeft: link.sendsLeft,
    outgoing,
  })
  const outbox = new Outbox({
    account,
    store,
    blobs,
    textLimit: () => composer.limit,
    report: host.report,
    silence: new Silence({ onChange: () => undefined, note: (state) => store.noteSilence(state) }),
    log,
    now,
  })
  const gate = new Gate({ account, pairing: host.pairing, ownBots })
  const limits = () => [account.limits, host.limits]
  const runner = new TurnRunner({
    channelId: 'wechat',
    account,
    store,
    gate,
    turnsPerHour: (kind) => turnsPerHourOf(kind, limits),
    takeBackAnswer: (turnId, reason) => desk.takeBackGroup(turnId, reason),
    host,
    link: () => link,
    outbox,
    composer,
    mediaFolder: join(stateDir, 'media'),
    disk: new DiskBudget(),
    onSetAside: () => undefined,
    outgoing,
    idStability: () => 'stable' as const,
    log,
    now,
    stopping: stopping.signal,
  })
  const lanes = new Lanes({
    debounceMs: () => host.debounceMs,
    mediaWaitMs: () => host.mediaWaitMs,
    ready: (conversation, signal) => outbox.drained(conversation, signal),
    answer: (conversation, take, signal) => runner.answer(conversation, take, signal),
    log,
    now,
    draining: stopping.signal,
    stopping: stopping.signal,
  })
  const abortTurn = (conversation: Conversation) => lanes.abort(conversation)
  const wake = (conversation: Conversation) => outbox.wake(conversation)
  const desk = new OutboxDesk({ store, blobs, log, now, obstacle: () => outbox.pauseReason, wake })
  const commands = {
    channelId: 'wechat',
    host,
    abortTurn,
    takeBackAnswer: (conversation: Conversation) => desk.takeBackAnswer(conversation),
    status: () => ({ state: 'online' as const, sinceMs: 0 }),
  }
  const inbox = new Inbox({
    account,
    store,
    gate,
    pairing: host.pairing,
    messageChars: () => messageCharsOf(limits),
    onRefused: ({ id }) => void link.forgetMessage?.(id),
    runCommand: (command, message) =>
      runCommand(command, message, { ...commands, sendsLeft: async () => undefined }),
    lanes,
    wakeOutbox: ({ conversation }, partsWait) => outbox.heard(conversation, partsWait),
    report: host.report,
    log,
    now,
    stopping: stopping.signal,
  })
  await outbox.attach(link)
  await inbox.resume()
  return {
    inbox,
    lanes,
    outbox,
    recheck: () => runner.recheck(),
    store,
    whole,
    stopping,
    async stop() {
      stopping.abort()
      await Promise.all([lanes.ended(), outbox.stop(1_000)])
      await inbox.ended()
      await whole.close()
    },
  }
}

/** A backend that accepts everything, unless a test changes a member. */
export function easyLink(changes: Partial<AccountLink> = {}): AccountLink {
  return {
    minSendGapMs: 0,
    resendUncertain: false,
    maxMediaBytes: 25 * 1024 * 1024,
    sendsLeft: async () => undefined,
    reachable: () => true,
    sendText: async () => undefined,
    sendFile: async () => undefined,
    fetchMedia: () => Promise.reject(new Error('there is no file')),
    typing: async () => undefined,
    ...changes,
  }
}
