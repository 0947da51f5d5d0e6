/**
 * What the control plane can ask of the gateway.
 */

import type {
  Conversation,
  ExplainedDecision,
  ExplainRequest,
  OpenedFile,
  OutboxItem,
  OutboxListing,
  SendForecast,
  SendReceipt,
  SendRequest,
  WebhookItem,
  WebhookListing,
} from '@moltbot/channel-sdk'
import type {
  ConfigAnswer,
  LogAnswer,
  MessagesAnswer,
  ProbeAnswer,
  ScheduleAnswer,
  ToolsAnswer,
  UsageAnswer,
} from '../api/answers.ts'
import type { Frozen } from '../api/route.ts'
import type { Peers } from '../cluster/peers.ts'
import type { EventHub } from '../events/event-hub.ts'
import type { LineQuery } from '../log/recent-lines.ts'
import type { MetricsPage } from '../metrics/types.ts'
import type { ApprovedSender, PairingDesk } from '../pairing/pairing-desk.ts'
import type { Programs } from '../push/programs.ts'
import type { PhoneDesk } from '../sandbox/phone/phone-desk.ts'
import type { ScheduleChange } from '../schedules/schedule-desk.ts'
import type { StateDesk } from '../state/state-desk.ts'
import type { AccountReport, GatewayStatus } from './status.ts'

export interface ControlTarget {
  /** Are all accounts started? */
  ready(): boolean
  status(): Promise<GatewayStatus>
  /** The ids of all accounts. */
  accountIds(): readonly string[]
  /** One account; the default one where none is named. @throws `account-unknown`, `account-needed` */
  account(accountId: string | undefined): Promise<AccountReport>
  /** @throws `account-unknown`, `account-disabled`, and why it does not start */
  changeAccount(accountId: string, action: AccountAction): Promise<void>
  readonly events: Pick<EventHub, 'after' | 'listen'>
  metrics(): Promise<MetricsPage>
  /** The newest lines of the log. */
  log(query: LineQuery): Frozen<LogAnswer>
  messages(query: MessagesQuery): Promise<Frozen<MessagesAnswer>>
  /** Undefined where it is not stored any more. @throws `account-unknown` */
  messageFile(order: FileOrder): Promise<OpenedFile | undefined>
  usage(): Promise<Frozen<UsageAnswer>>
  /** May a browser see what people write? */
  showsTexts(): boolean
  /** What other programs use. @throws `gateway-busy` while it starts, restarts or stops */
  programs(): Programs
  /** `gateway.publicHosts`. */
  publicHosts(): readonly string[]
  /** The configuration as it is on the disk. */
  config(): Promise<Frozen<ConfigAnswer>>
  /** @throws `gateway-busy` while it starts, restarts or stops */
  pairing(): Pick<PairingDesk, 'list' | 'approve' | 'reject'>
  /** Takes an approval back, and ends what runs for that person. @throws `pairing-not-approved` */
  revoke(senderId: string, accountId: string): Promise<void>
  /** Tells an approved sender so, through their account's channel. */
  notifyApproved(sender: Pick<ApprovedSender, 'accountId' | 'senderId'>): Promise<void>
  /** Ends what runs here for people who are not admitted any more. Never rejects. */
  admissionsChanged(accountId: string): Promise<void>
  /** See `Channel`. @throws `account-unknown`, and what the channel says */
  receiveAgain(accountId: string, received: string): Promise<void>
  /** The other gateways that share the accounts; undefined where there is only this one. */
  peers(): Peers | undefined
  /** Hands its accounts over to the other gateways, or takes some again. @throws `no-cluster`, what the database says */
  drain(isDraining: boolean): Promise<void>
  /** The digits that a phone shows during a login. */
  submitVerifyCode(accountId: string, code: string): Promise<void>
  send(request: SendOrder): Promise<SendReceipt>
  /** What a message would become now. */
  forecast(query: { readonly accountId?: string | undefined; readonly to: string }): Promise<SendForecast>
  /** Messages that are not sent, of one account or of all that run. */
  listOutbox(listing: OutboxListing, accountId: string | undefined): Promise<readonly OutboxItem[]>
  /** @returns the ids of the messages that it changed */
  changeOutbox(change: ItemsChange): Promise<readonly string[]>
  /** Events that are not delivered to webhooks, of one account or of all that run. */
  listWebhooks(listing: WebhookListing, accountId: string | undefined): Promise<readonly WebhookItem[]>
  /** @returns the ids of the events that it changed */
  changeWebhooks(change: ItemsChange): Promise<readonly string[]>
  /** What is sent by itself, each with its last run. */
  schedules(accountId: string | undefined): Promise<readonly Frozen<ScheduleAnswer>[]>
  /** With its latest runs. @throws `schedule-unknown` */
  schedule(id: string): Promise<Frozen<ScheduleAnswer>>
  /** See `ScheduleDesk.runDue`. */
  runDue(): Promise<number | undefined>
  /** @throws `schedule-unknown`, `schedule-configured` */
  changeSchedule(id: string, action: ScheduleChange): Promise<void>
  /** What is stored. */
  state(): Promise<Pick<StateDesk, 'check' | 'save' | 'download'>>
  /** What a channel would do with a hypothetical message. */
  explain(request: ExplainOrder): Promise<Explanation>
  tools(): Promise<Frozen<ToolsAnswer>>
  /** Ends an account's login. @returns its id */
  logout(accountId: string | undefined): Promise<string>
  /** Asks accounts for a sign of life; those that are enabled where none is named. @throws `account-unknown` */
  probe(accountIds: readonly string[] | undefined): Promise<readonly ProbeAnswer[]>
  /** These two begin, and do not wait. */
  stop(): void
  restart(): void
  /** Reads the configuration again. @throws when it is invalid; the old one stays in use. */
  reload(): Promise<void>
  /** Only in the sandbox. */
  readonly phone?: PhoneDesk | undefined
}

export type AccountAction = 'start' | 'stop' | 'restart'

export interface MessagesQuery {
  /** Defaults to the default account. */
  readonly accountId?: string | undefined
  readonly kind?: 'direct' | 'group' | undefined
  readonly conversationId?: string | undefined
  readonly text?: string | undefined
  readonly before?: number | undefined
  readonly limit: number
}

export type FileOrder = { readonly accountId?: string | undefined } & (
  | { readonly conversation: Conversation; readonly messageId: string }
  | { readonly partId: string }
)

/** `tools`: the names of those that the turn could use now. */
export interface Explanation extends Omit<ExplainedDecision, 'tools'> {
  readonly tools?: readonly string[] | undefined
}

/** What is to be done with messages or events that are not sent. */
export interface ItemsChange {
  readonly action: 'retry' | 'drop'
  /** Of the named account, or of any. */
  readonly ids: readonly string[]
  readonly accountId?: string | undefined
}

export interface SendOrder extends Omit<SendRequest, 'accountId'> {
  /** Defaults to the default account. */
  readonly accountId?: string | undefined
}

export interface ExplainOrder extends Omit<ExplainRequest, 'accountId'> {
  /** Defaults to the default account. */
  readonly accountId?: string | undefined
}
