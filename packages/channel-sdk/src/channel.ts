/**
 * What a channel is to its host: a factory found by manifest, and the running channel it makes.
 */

import type { AccountSnapshot } from './account.ts'
import type { ConfigSchema, ConfigWarning } from './config.ts'
import type { ExplainedDecision, ExplainRequest } from './explain.ts'
import type { ForecastQuery, SendForecast, SendOutcome, SendWait } from './forecast.ts'
import type { CheckHost, HealthCheck } from './health-check.ts'
import type { ChannelHost } from './host.ts'
import type { ImportOptions, ImportResult, ImportSource } from './import.ts'
import type { ChannelOutbox, OutboxItem, OutboxListing } from './outbox.ts'
import type { OpenedFile, ReceivedFileQuery, ReceivedPage, ReceivedQuery } from './received.ts'
import type { StoredState } from './sql/stored-state.ts'
import type { ConversationKind, ReplyMedia } from './turn.ts'
import type { ChannelWebhooks } from './webhooks.ts'

export interface SendRequest {
  readonly accountId: string
  /** A user id or a group id. */
  readonly to: string
  /** May be empty where there is `media`. */
  readonly text: string
  /** Follows the text. The operator's own: unlike a reply's, its path may lead anywhere on this machine. */
  readonly media?: ReplyMedia
  /** Keep what cannot be sent now, and send it as soon as it can be. Defaults to false: it is refused with the reason. */
  readonly queue?: boolean
  /**
   * Names the message: another send with the same id sends nothing, and its receipt is that of the first. Unique within the
   * account; at most 200 characters. Left out: each send is a message of its own.
   */
  readonly id?: string
  /** `text` is Markdown, and is rendered for the backend. Defaults to false: it is sent as it is. */
  readonly markdown?: boolean
  /**
   * `scheduled`: it may wait for a week, and texts of this kind that have waited for the same chat are sent as one. Defaults to
   * `manual`: it may wait for a day.
   */
  readonly kind?: 'manual' | 'scheduled'
  /** Whose id `to` is. Defaults to what the channel has seen it to be, else a person's. */
  readonly toKind?: ConversationKind
}

/**
 * `sent`: the backend took every chunk. `queued`: stored and on its way. `partly-sent`: some chunks were sent, and the
 * others are not going to be.
 */
export interface SendReceipt {
  readonly status: 'sent' | 'queued' | 'partly-sent'
  readonly chunks: number
  /** Of them, those that the backend took. */
  readonly sent: number
  /** Why it waits, or why some chunks are not sent, where known. */
  readonly reason?: string
  /** What it waits for, where it is queued and the channel knows. */
  readonly wait?: SendWait
}

export interface StopOptions {
  readonly deadlineMs: number
  /** A part of `deadlineMs`. Defaults to 0. */
  readonly turnsMs?: number
}

export interface Channel<Config = unknown> {
  /** The account used where none is named; undefined where there is none at all. */
  readonly defaultAccountId: string | undefined
  /** Of every configured account, disabled ones too, in the configuration's order. */
  readonly accountIds: readonly string[]
  /** All of them, in the same order. */
  accounts(): Promise<readonly AccountSnapshot[]>
  /** @throws `account-unknown` */
  account(accountId: string): Promise<AccountSnapshot>
  /**
   * Takes another configuration that has passed the schema. Accounts that it changes are stopped and started again, its
   * new ones are started, those it no longer has are stopped; the others notice nothing.
   * @returns the ids of all those accounts
   */
  reconfigure(config: Config): Promise<readonly string[]>
  /**
   * Starts an account and returns once it is supervised; it need not be online. Starting a running one is a no-op.
   * @throws `account-disabled` and `account-unknown`.
   */
  startAccount(accountId: string): Promise<void>
  /**
   * Stops one account; its journal and outbox stay. Stopping a stopped one is a no-op, and a second stop may shorten the
   * first.
   * @param options see `stop`. The channel chooses a deadline where there are none
   */
  stopAccount(accountId: string, options?: StopOptions): Promise<void>
  /**
   * Hands on the digits that the phone shows during a login, while the account's `nextAction` is `enter-code`.
   * @throws `no-code-wanted` at any other time.
   */
  submitVerifyCode(accountId: string, code: string): Promise<void>
  /**
   * Ends the account's login at the backend; its journal and outbox stay, and the next login needs a person.
   * @throws `not-logged-in`, `account-unknown`, and what the backend says.
   */
  logout(accountId: string): Promise<void>
  /**
   * Asks a running account for a sign of life.
   * @throws `not-logged-in`, `account-unknown`, and why it gives none.
   */
  probe(accountId: string): Promise<void>
  /** What would be done with a hypothetical message, and why; changes nothing. @throws `account-unknown` */
  explain(request: ExplainRequest): Promise<ExplainedDecision>
  /**
   * Sends a text, a file, or both, of the operator's. The channel takes a copy of the file, then waits a few seconds at
   * most for the backend to take it all. What has to wait is taken back, unless `queue` is set.
   * @throws `not-sent` with the reason when no chunk was sent and none will be; `media-unreadable` and `media-too-large`.
   */
  send(request: SendRequest): Promise<SendReceipt>
  /**
   * What a message to somebody would become now; changes nothing. Never throws for an account that is unknown or does not
   * run: that is a forecast, too. Left out by a channel that cannot tell.
   */
  forecast?(query: ForecastQuery): Promise<SendForecast>
  /** What became of a message that was sent with this id; undefined where none is known. @throws `account-unknown` */
  outcome?(accountId: string, id: string): Promise<SendOutcome | undefined>
  /** What is not sent, for a channel that keeps such messages. */
  readonly outbox?: ChannelOutbox
  /** Events that are not delivered, for a channel that forwards events. */
  readonly webhooks?: ChannelWebhooks
  /** Received messages, for a channel that keeps them. @throws `account-unknown` */
  received?(query: ReceivedQuery): Promise<ReceivedPage>
  /** A file of a received message or of an answer; undefined where it is not stored any more. @throws `account-unknown` */
  receivedFile?(query: ReceivedFileQuery): Promise<OpenedFile | undefined>
  /**
   * Takes messages that another process has received for the account, see `AccountHolds.handOver`; one that was received here
   * too changes nothing. Resolves when they are stored. Left out by a channel that is never shared.
   * @throws `account-not-running`, and what keeps them from being stored
   */
  receiveAgain?(accountId: string, received: string): Promise<void>
  /** Tells a person, in the channel's words, that their pairing request was approved. */
  notifyApproved(accountId: string, senderId: string): Promise<void>
  /**
   * The operator has taken back an approval. Turns that run for people who are not admitted any more are aborted, and what
   * waits of answers to them is not sent. Left out by a channel that has no such turns.
   */
  admissionsChanged?(accountId: string): Promise<void>
  /**
   * Stops every account and closes the stores. For `turnsMs`, turns that run may end and what can be sent is sent, while
   * nothing new is begun; then turns are aborted, and taken up at the next start. What is committed stays committed.
   * Resolves within `deadlineMs`.
   */
  stop(options: StopOptions): Promise<void>
}

/** A backend that a channel can stand on, whether or not it is installed. */
export interface BackendInfo {
  /** npm package name. */
  readonly name: string
  /** What people may write instead. */
  readonly shortName?: string
  readonly groups: BackendAnswer
  readonly media: BackendAnswer
  readonly typing: BackendAnswer
  /** Do ids of people and groups last over logins? */
  readonly ids: 'stable' | 'session' | 'unknown'
  /** May the service ban an account for its use? */
  readonly banRisk: 'none' | 'high' | 'unknown'
  /** It needs a token of its vendor, in `puppetOptions.token`. */
  readonly needsToken?: true
  /** One sentence for people. */
  readonly summary: string
  /** What its use may cost, and what to use instead. */
  readonly warning?: string
  readonly installed?: { readonly version: string; readonly folder: string }
}

export type BackendAnswer = 'yes' | 'no' | 'unknown'

export interface ResolvedSettings {
  readonly accountId: string
  /** Plain values. They may hold secrets. */
  readonly settings: Readonly<Record<string, unknown>>
}

export interface ChannelPlugin<Config = unknown> {
  /** The key under `channels`. */
  readonly id: string
  readonly label: string
  readonly configSchema: ConfigSchema<Config>
  /** Likely mistakes in a valid configuration, for start-up. */
  warnings(config: Config): readonly ConfigWarning[]
  /** Every account with what it takes from the channel and from the defaults, by the keys of the configuration, for people. */
  resolved?(config: Config): readonly ResolvedSettings[]
  /** The known backends, for a channel that has several. @param fromDir where a person would install one */
  backends?(fromDir: string): Promise<readonly BackendInfo[]>
  /**
   * Takes over the accounts that another program has logged in. What was taken over before stays as it is. Left out by a
   * channel that knows no such program.
   * @throws `locked` while the channel runs
   */
  importAccounts?(source: ImportSource, options: ImportOptions): Promise<ImportResult>
  /**
   * What is not sent, read from the store of a channel that does not run, without changing it. Previews are empty.
   * @param stateDir the channel's own folder, which may not exist
   */
  storedOutbox?(stateDir: string, listing: OutboxListing): Promise<readonly OutboxItem[]>
  /** What the channel stores, for a channel that can store it in the host's database. */
  readonly stored?: StoredState
  /** What `doctor` looks at besides the configuration, for a channel that has more to look at. `config` has passed `configSchema`. */
  checks?(config: Config, host: CheckHost): readonly HealthCheck[]
  /** Opens the stores; starts nothing. `config` has passed `configSchema`. */
  create(host: ChannelHost, config: Config): Promise<Channel<Config>>
}

/** `moltbot.plugin.json`, beside the package.json of an extension. */
export interface PluginManifest {
  readonly id: string
  readonly name: string
  readonly description: string
  /** The keys under `channels` that this extension owns. */
  readonly channels: readonly string[]
  /** The module whose default export is the `ChannelPlugin`, relative to the manifest. */
  readonly entry: string
  /** The same module as a source, taken where it exists: a checkout runs without a build. */
  readonly source?: string
}
