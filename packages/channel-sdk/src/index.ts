/**
 * The contract between a gateway of the moltbot family and a channel. Types and one error class; no dependencies.
 */
export type {
  AccountEvent,
  AccountSnapshot,
  AccountState,
  AccountStatus,
  CountedAccountEvent,
  NextAction,
} from './account.ts'
export { Capacity, type GiveBack } from './capacity.ts'
export type {
  BackendAnswer,
  BackendInfo,
  Channel,
  ChannelPlugin,
  PluginManifest,
  ResolvedSettings,
  SendReceipt,
  SendRequest,
  StopOptions,
} from './channel.ts'
export type { ConfigSchema, ConfigWarning, SchemaIssue, SchemaResult } from './config.ts'
export { longestTimerMs, timeoutSignal } from './deadline-timer.ts'
export { DiskBudget, type DiskShare, type SpareFile, type SparePlace } from './disk-budget.ts'
export type { MoltbotErrorOptions, Notice } from './errors.ts'
export { codeOf, MoltbotError, messageOf } from './errors.ts'
export type { ExplainedDecision, ExplainedStep, ExplainRequest } from './explain.ts'
export type {
  ForecastQuery,
  SendForecast,
  SendLimits,
  SendOutcome,
  SendWait,
  SendWindowFacts,
  WaitCause,
} from './forecast.ts'
export type { CheckHost, Finding, HealthCheck } from './health-check.ts'
export { homeDir } from './home-dir.ts'
export type {
  AccountHolds,
  ChannelHost,
  ConversationLimits,
  LeftOut,
  Logger,
  PairingAsk,
  PairingRequestResult,
  PairingStore,
  SessionFacts,
  SessionOf,
  ToolNames,
} from './host.ts'
export type {
  ImportedAccount,
  ImportGap,
  ImportOptions,
  ImportResult,
  ImportSource,
} from './import.ts'
export { localTime } from './local-time.ts'
export {
  type ChannelOutbox,
  type OutboxItem,
  type OutboxListing,
  type OutboxState,
  outboxStates,
} from './outbox.ts'
export { drawModules, type QrOptions } from './qr-terminal.ts'
export type {
  OpenedFile,
  ReceivedFileQuery,
  ReceivedMessage,
  ReceivedPage,
  ReceivedQuery,
  ReplyPartReport,
  StoredFile,
} from './received.ts'
export { createRedactor, type Redactor, redacted } from './redact.ts'
export { secretKeyPattern, secretsIn } from './secrets.ts'
export {
  admitted,
  meansTool,
  narrow,
  toolPattern,
  toolPatternError,
  unknownPatterns,
} from './tool-scope.ts'
export type {
  ContextMessage,
  Conversation,
  ConversationKind,
  Quote,
  ReplyMedia,
  ReplyPiece,
  Sender,
  ToolScope,
  Turn,
  TurnMedia,
  TurnMessage,
  UndeliveredPart,
} from './turn.ts'
export { hasVisibleText } from './visible-text.ts'
export {
  type Deadline,
  pause,
  Queue,
  type Retries,
  untilDone,
  withDeadline,
} from './waiting.ts'
export type { ChannelWebhooks, WebhookItem, WebhookListing } from './webhooks.ts'
