/**
 * Shapes of what the control plane answers. Times are milliseconds since the epoch unless they are texts (ISO 8601).
 */

import { z } from 'zod'
import { tokenScopes } from '../push/access-tokens.ts'

export const accountAnswer = z.object({
  channel: z.string(),
  accountId: z.string(),
  /** The label from the configuration. */
  name: z.string().optional(),
  puppet: z.string(),
  state: z.string(),
  sinceMs: z.number(),
  reason: z.string(),
  code: z.string().optional(),
  nextAction: z.enum(['none', 'scan', 'enter-code', 'fix-config', 'wait']),
  userId: z.string().optional(),
  /** The text of the QR code to scan. */
  qr: z.string().optional(),
  warnings: z.array(z.string()).optional(),
  outbox: z.object({ waiting: z.number(), troubled: z.number() }),
  setAside: z.number(),
  /** What was learnt of the backend's limits for sends; left out where it has none. */
  limits: z
    .object({
      documented: z.object({ sends: z.number(), windowMs: z.number() }),
      seenSends: z.number().optional(),
      seenWindowMs: z.number().optional(),
      refusals: z.object({ quota: z.number(), window: z.number(), rate: z.number() }),
      lastRefusalMs: z.number().optional(),
    })
    .optional(),
  /** The gateway that serves it, where several share the accounts. */
  gateway: z.string().optional(),
  /** Why a person is needed, when one is. */
  problem: z.string().optional(),
})

export const statusAnswer = z.object({
  version: z.string(),
  pid: z.number(),
  url: z.string(),
  stateDir: z.string(),
  /** Where the state is, if it is not there. */
  database: z.string().optional(),
  startedAt: z.string(),
  phase: z.string(),
  healthy: z.boolean(),
  problems: z.array(z.string()),
  warnings: z.array(z.string()),
  config: z.object({ path: z.string(), reloadError: z.string().optional() }),
  model: z.string().optional(),
  proxy: z.string().optional(),
  accounts: z.array(accountAnswer),
  /** Where several gateways share the accounts. */
  cluster: z
    .object({
      /** Of the gateway that answers. */
      name: z.string(),
      gateways: z.array(
        z.object({
          name: z.string(),
          version: z.string(),
          weight: z.number(),
          isDraining: z.boolean(),
          /** How many it serves. */
          accounts: z.number(),
          hasSameConfig: z.boolean(),
        }),
      ),
      problems: z.array(z.string()),
    })
    .optional(),
  defaultAccountId: z.string().optional(),
  pairing: z.object({ pending: z.number().exactOptional() }),
  setAside: z.number(),
  /** What files take, in bytes; counts since the start of the process. */
  files: z.object({
    disk: z.object({
      limit: z.number(),
      inUse: z.number(),
      spare: z.number(),
      refused: z.number(),
      deleted: z.number(),
    }),
    memory: z.object({ limit: z.number(), inUse: z.number(), waiting: z.number() }),
  }),
  /** It is a sandbox, whose dashboard has a phone. */
  hasPhone: z.literal(true).optional(),
  restarts: z.number(),
  unhandledErrors: z.number(),
})

const conversation = z.object({ kind: z.enum(['direct', 'group']), id: z.string() })

export const outboxItemAnswer = z.object({
  id: z.string(),
  accountId: z.string(),
  conversation,
  purpose: z.string(),
  state: z.string(),
  reason: z.string(),
  createdMs: z.number(),
  preview: z.string(),
})

const waitAnswer = z.object({
  cause: z.enum(['window', 'quota', 'rate', 'offline', 'unconfirmed']),
  sinceMs: z.number().exactOptional(),
  /** When it ends by itself; left out where time does not end it. */
  untilMs: z.number().exactOptional(),
  reason: z.string(),
})

export const scheduleAnswer = z.object({
  id: z.string(),
  accountId: z.string(),
  conversation,
  /** Who made it in a chat; empty for one of the configuration. */
  personId: z.string(),
  origin: z.enum(['chat', 'config']),
  kind: z.enum(['text', 'prompt']),
  text: z.string(),
  /** When it is due, for people. */
  when: z.string(),
  timeZone: z.string(),
  isPaused: z.boolean(),
  nextMs: z.number().optional(),
  createdMs: z.number(),
  /** Newest first; in a list the last one only. */
  runs: z.array(
    z.object({
      dueMs: z.number(),
      state: z.string(),
      reason: z.string(),
      attempts: z.number(),
      sinceMs: z.number(),
    }),
  ),
})

export const webhookItemAnswer = z.object({
  id: z.string(),
  accountId: z.string(),
  host: z.string(),
  type: z.string(),
  eventId: z.string(),
  state: z.string(),
  attempts: z.number(),
  reason: z.string(),
  createdMs: z.number(),
})

export const receiptAnswer = z.object({
  status: z.enum(['sent', 'queued', 'partly-sent']),
  chunks: z.number(),
  sent: z.number(),
  reason: z.string().exactOptional(),
  /** What it waits for, where it is queued. */
  wait: waitAnswer.exactOptional(),
})

const windowAnswer = z.object({ openedMs: z.number(), closesMs: z.number(), left: z.number() })

export const forecastAnswer = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('sent'), window: windowAnswer.exactOptional() }),
  z.object({ outcome: z.literal('queued'), wait: waitAnswer, window: windowAnswer.exactOptional() }),
  z.object({ outcome: z.literal('refused'), code: z.string(), reason: z.string() }),
])

export const senderAnswer = z.object({ accountId: z.string(), senderId: z.string() })

export const pairingAnswer = z.object({
  pending: z.array(
    senderAnswer.extend({
      code: z.string(),
      messageId: z.string(),
      loginId: z.string(),
      senderName: z.string(),
      text: z.string(),
      createdAtMs: z.number(),
      expiresAtMs: z.number(),
    }),
  ),
  approved: z.array(senderAnswer.extend({ approvedAtMs: z.number() })),
})

const explainedStep = z.object({ step: z.string(), outcome: z.string(), detail: z.string() })

export const decisionAnswer = z.object({
  action: z.string(),
  reason: z.string(),
  steps: z.array(explainedStep),
  /** Names of the tools that the turn could use now. Left out where no turn answers the message. */
  tools: z.array(z.string()).optional(),
})

export const toolsAnswer = z.object({
  tools: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      /** The MCP server that offers it; left out for a tool of the gateway. */
      server: z.string().optional(),
      /** Does `tools` of the configuration let the agent use it at all? */
      allowed: z.boolean(),
    }),
  ),
  servers: z.array(
    z.object({
      id: z.string(),
      connected: z.boolean(),
      tools: z.number(),
      /** Why it was lost, or could not be reached, the last time. */
      problem: z.string().optional(),
    }),
  ),
  /** Tools that are not used because of their names. */
  clashes: z.array(z.string()),
})

/** By its content; its name is its sender's. */
const storedFile = z.object({
  name: z.string(),
  kind: z.enum(['image', 'video', 'audio', 'file']),
  mimeType: z.string(),
  sizeBytes: z.number(),
})

const conversationPart = z.object({
  id: z.string(),
  purpose: z.string(),
  text: z.string(),
  isFile: z.boolean(),
  /** Left out where it is not stored any more; else at `GET /api/messages/file`. */
  file: storedFile.optional(),
  state: z.string(),
  reason: z.string(),
  attempts: z.number(),
  createdMs: z.number(),
  /** When it was last tried; left out before the first attempt. */
  attemptedMs: z.number().optional(),
})

export const messagesAnswer = z.object({
  /** Newest first. */
  messages: z.array(
    z.object({
      position: z.number(),
      accountId: z.string(),
      conversation: z.object({ kind: z.enum(['direct', 'group']), id: z.string() }),
      messageId: z.string(),
      senderId: z.string().optional(),
      senderName: z.string().optional(),
      kind: z.string().optional(),
      text: z.string(),
      file: storedFile.optional(),
      receivedMs: z.number(),
      state: z.string(),
      reason: z.string(),
      /** How the policy decided when it came; empty where that was not stored. */
      steps: z.array(explainedStep),
      turnId: z.string().optional(),
      attempts: z.number(),
      parts: z.array(conversationPart),
      /** How the turn that answers it went the last time; left out while it runs. */
      turn: z
        .object({
          model: z.string(),
          beganMs: z.number(),
          durationMs: z.number(),
          outcome: z.enum(['answered', 'failed', 'stopped']),
          code: z.string(),
          read: z.number(),
          written: z.number(),
          tools: z.record(z.string(), z.number()),
        })
        .optional(),
    }),
  ),
  /** Ask for what is before it; left out where there is nothing older. */
  next: z.number().optional(),
  /** False: `dashboard.showTexts` is off, and all texts are empty. */
  showsTexts: z.boolean(),
})

export const targetAnswer = z.object({
  name: z.string(),
  kind: z.enum(['person', 'group']),
  /** Left out where the target names no account and there is no default one. */
  accountId: z.string().optional(),
})

export const tokenAnswer = z.object({
  id: z.string(),
  scopes: z.array(z.enum(tokenScopes)),
  /** `*`: all. */
  targets: z.array(z.string()),
  note: z.string(),
  createdMs: z.number(),
  /** 0: never. */
  usedMs: z.number(),
})

export const usageAnswer = z.object({
  /** Of the last 90 days, newest first. */
  days: z.array(
    z.object({
      day: z.string(),
      accountId: z.string(),
      turns: z.number(),
      failed: z.number(),
      read: z.number(),
      written: z.number(),
      /** The part of `read` that the provider had in its cache. */
      cacheRead: z.number(),
      /** By the present prices of the configuration, one for each currency. */
      costs: z.array(z.object({ currency: z.string(), amount: z.number() })),
      /** Models whose cost is not, or not wholly, known: they have no price, or their provider reports no tokens. */
      unpriced: z.array(z.string()),
    }),
  ),
})

export const logAnswer = z.object({
  /** Oldest first. */
  lines: z.array(
    z.object({
      number: z.number(),
      time: z.string(),
      level: z.string(),
      message: z.string(),
      accountId: z.string().optional(),
      details: z.string(),
    }),
  ),
  /** The number of the newest line of all: ask for what comes after it. */
  last: z.number(),
})

export const configAnswer = z.object({
  /** The main file first. Secrets are covered. `text` is left out where a file is not shown. */
  files: z.array(z.object({ path: z.string(), text: z.string().optional(), why: z.string().optional() })),
  /** Of the files as they are now. */
  problems: z.array(
    z.object({
      file: z.string(),
      line: z.number(),
      severity: z.enum(['error', 'warning']),
      message: z.string(),
    }),
  ),
  /** `invalid`: the files have errors and an earlier state of them is in use; `waiting`: a part of it needs a restart. */
  edit: z.enum(['in-use', 'invalid', 'waiting']),
  /** What `edit` waits for. */
  waitsFor: z.array(z.string()),
  /** Every account with both levels and the defaults merged, as the files are now. Empty where they are invalid. */
  accounts: z.array(
    z.object({ channel: z.string(), accountId: z.string(), settings: z.record(z.string(), z.unknown()) }),
  ),
})

export const probeAnswer = z.object({
  accountId: z.string(),
  answers: z.boolean(),
  /** Why it does not. */
  problem: z.string().optional(),
})

export type AccountAnswer = z.infer<typeof accountAnswer>
export type StatusAnswer = z.infer<typeof statusAnswer>
export type OutboxItemAnswer = z.infer<typeof outboxItemAnswer>
export type ScheduleAnswer = z.infer<typeof scheduleAnswer>
export type WebhookItemAnswer = z.infer<typeof webhookItemAnswer>
export type ReceiptAnswer = z.infer<typeof receiptAnswer>
export type PairingAnswer = z.infer<typeof pairingAnswer>
export type MessagesAnswer = z.infer<typeof messagesAnswer>
export type UsageAnswer = z.infer<typeof usageAnswer>
export type LogAnswer = z.infer<typeof logAnswer>
export type ConfigAnswer = z.infer<typeof configAnswer>
export type ToolsAnswer = z.infer<typeof toolsAnswer>
export type ProbeAnswer = z.infer<typeof probeAnswer>
