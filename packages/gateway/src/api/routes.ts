/**
 * Every route under `/api` that answers with JSON, each described once.
 */

import { isAbsolute } from 'node:path'
import { outboxStates } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { targetName } from '../config/targets-schema.ts'
import { logLevels } from '../log/levels.ts'
import { everyTarget, tokenScopes } from '../push/access-tokens.ts'
import {
  accountAnswer,
  configAnswer,
  decisionAnswer,
  forecastAnswer,
  logAnswer,
  messagesAnswer,
  outboxItemAnswer,
  pairingAnswer,
  probeAnswer,
  receiptAnswer,
  scheduleAnswer,
  senderAnswer,
  statusAnswer,
  targetAnswer,
  tokenAnswer,
  toolsAnswer,
  usageAnswer,
  webhookItemAnswer,
} from './answers.ts'
import { phoneRoutes } from './phone-routes.ts'
import { pushAnswer } from './push-routes.ts'
import type { Route } from './route.ts'

/** Named in one request. */
const maxAccounts = 1_000
const maxIds = 1_000

const nothing = z.strictObject({})
/** Left out: the default account, or every account where that is said. */
const accountId = z.string().min(1).max(64).optional()
const ofAccount = z.strictObject({ accountId })
const changeOfItems = z.strictObject({
  action: z.enum(['retry', 'drop']),
  ids: z.array(z.string().min(1).max(64)).min(1).max(maxIds),
  accountId,
})
const conversation = z.strictObject({ kind: z.enum(['direct', 'group']), id: z.string().min(1) })
const scheduleId = z.string().min(1).max(64)
const pairingCode = z.string().min(1).max(64)

const described = {
  ...phoneRoutes,
  status: {
    method: 'GET',
    path: '/api/status',
    forBrowsers: true,
    summary: 'The gateway and all its accounts',
    input: nothing,
    answer: statusAnswer,
  },
  account: {
    method: 'GET',
    path: '/api/account',
    forBrowsers: true,
    summary: 'One account; the default one if none is named',
    input: ofAccount,
    answer: accountAnswer,
  },
  changeAccount: {
    method: 'POST',
    path: '/api/channels/account',
    forBrowsers: true,
    summary: 'Starts an account, stops it until it is started again, or both',
    input: z.strictObject({
      accountId: z.string().min(1).max(64),
      action: z.enum(['start', 'stop', 'restart']),
    }),
    answer: z.object({ accountId: z.string() }),
  },
  probe: {
    method: 'POST',
    path: '/api/channels/probe',
    forBrowsers: true,
    summary: 'Asks the named accounts for a sign of life; all that are enabled if none is named',
    input: z.strictObject({ accountIds: z.array(z.string().min(1).max(64)).max(maxAccounts).optional() }),
    answer: z.object({ accounts: z.array(probeAnswer) }),
  },
  qrCode: {
    method: 'GET',
    path: '/api/channels/qr',
    forBrowsers: true,
    summary:
      'The QR code that an account waits to be scanned, drawn: rows of modules with a quiet zone, 1 is dark',
    input: z.strictObject({ accountId: z.string().min(1).max(64) }),
    answer: z.object({ rows: z.array(z.string()) }),
  },
  verifyCode: {
    method: 'POST',
    path: '/api/channels/verify-code',
    forBrowsers: true,
    summary: 'Hands on the digits that the phone shows during a login',
    input: z.strictObject({ accountId: z.string().min(1).max(64), code: z.string().regex(/^\d{1,12}$/) }),
    answer: z.object({ status: z.literal('submitted') }),
    status: 202,
  },
  logout: {
    method: 'POST',
    path: '/api/channels/logout',
    forBrowsers: true,
    summary: 'Ends the login of an account',
    input: ofAccount,
    answer: z.object({ loggedOut: z.string() }),
  },
  explain: {
    method: 'POST',
    path: '/api/channels/explain',
    forBrowsers: true,
    summary: 'What would be done with a message, step by step; changes nothing',
    input: z.strictObject({
      accountId,
      conversation,
      senderId: z.string().min(1),
      mentioned: z.boolean().default(false),
      text: z.string().default(''),
    }),
    answer: decisionAnswer,
  },
  tools: {
    method: 'GET',
    path: '/api/tools',
    forBrowsers: true,
    summary: 'The tools of the agent, and the state of the MCP servers',
    input: nothing,
    answer: toolsAnswer,
  },
  send: {
    method: 'POST',
    path: '/api/send',
    summary: 'Sends a text, a file of this machine, or both, to a person or a group',
    input: z.strictObject({
      accountId,
      to: z.string().min(1),
      text: z.string().default(''),
      media: z.string().refine(isAbsolute, 'an absolute path is needed').optional(),
      queue: z.boolean().default(false),
    }),
    answer: receiptAnswer,
  },
  forecast: {
    method: 'GET',
    path: '/api/forecast',
    forBrowsers: true,
    summary:
      'What a message to a person or a group would become now: sent, queued and why, or refused and why',
    input: z.strictObject({ accountId, to: z.string().min(1).max(256) }),
    answer: forecastAnswer,
  },
  outbox: {
    method: 'GET',
    path: '/api/outbox',
    forBrowsers: true,
    summary: 'Messages that wait to be sent, or those that were given up; of every account if none is named',
    input: z.strictObject({
      which: z.enum(['waiting', 'failed']).default('waiting'),
      /** Only those in this state, whichever list they are in. */
      state: z.enum([...outboxStates.waiting, ...outboxStates.failed]).optional(),
      accountId,
    }),
    answer: z.object({ items: z.array(outboxItemAnswer) }),
  },
  schedules: {
    method: 'GET',
    path: '/api/schedules',
    forBrowsers: true,
    summary:
      'What is sent by itself: next times, and what became of the last runs; of every account if none is named',
    input: ofAccount,
    answer: z.object({ schedules: z.array(scheduleAnswer) }),
  },
  schedule: {
    method: 'GET',
    path: '/api/schedule',
    forBrowsers: true,
    summary: 'One schedule with its latest runs',
    input: z.strictObject({ id: scheduleId }),
    answer: scheduleAnswer,
  },
  changeSchedule: {
    method: 'POST',
    path: '/api/schedules',
    forBrowsers: true,
    summary: 'Runs a schedule now, pauses it, goes on with it, or removes one that was made in a chat',
    input: z.strictObject({ id: scheduleId, action: z.enum(['run', 'pause', 'resume', 'remove']) }),
    answer: z.object({ id: z.string() }),
  },
  changeOutbox: {
    method: 'POST',
    path: '/api/outbox',
    forBrowsers: true,
    summary: 'Sends messages once more, or drops them',
    input: changeOfItems,
    answer: z.object({ changed: z.array(z.string()) }),
  },
  webhooks: {
    method: 'GET',
    path: '/api/webhooks',
    forBrowsers: true,
    summary:
      'Events that wait for their webhook, or those that were given up; of every account if none is named',
    input: z.strictObject({ which: z.enum(['waiting', 'dead']).default('waiting'), accountId }),
    answer: z.object({ items: z.array(webhookItemAnswer) }),
  },
  changeWebhooks: {
    method: 'POST',
    path: '/api/webhooks',
    forBrowsers: true,
    summary: 'Delivers events that were given up once more, or drops events',
    input: changeOfItems,
    answer: z.object({ changed: z.array(z.string()) }),
  },
  checkState: {
    method: 'GET',
    path: '/api/state/check',
    summary: 'Reads every database as a whole',
    input: nothing,
    answer: z.object({ databases: z.array(z.object({ path: z.string(), problem: z.string().optional() })) }),
  },
  saveState: {
    method: 'POST',
    path: '/api/state/backup',
    summary: 'Writes an archive of the state into the folder backups of the state directory',
    input: z.strictObject({
      name: z
        .string()
        .regex(/^\w[\w.-]{0,99}$/, 'a file name is needed, without a folder')
        .optional(),
    }),
    answer: z.object({ file: z.string(), files: z.number() }),
    status: 201,
  },
  pairing: {
    method: 'GET',
    path: '/api/pairing',
    forBrowsers: true,
    summary: 'Pairing requests and approvals; of every account if none is named',
    input: ofAccount,
    answer: pairingAnswer,
  },
  approve: {
    method: 'POST',
    path: '/api/pairing/approve',
    forBrowsers: true,
    summary: 'Lets the sender of a code in',
    input: z.strictObject({ code: pairingCode, accountId, notify: z.boolean().default(false) }),
    answer: z.object({
      approved: senderAnswer.extend({ approvedAtMs: z.number() }),
      notified: z.boolean(),
      /** Why the person could not be told. */
      notifyError: z.string().optional(),
    }),
  },
  reject: {
    method: 'POST',
    path: '/api/pairing/reject',
    forBrowsers: true,
    summary: 'Deletes a pairing request; its sender may ask again',
    input: z.strictObject({ code: pairingCode, accountId }),
    answer: z.object({ rejected: senderAnswer }),
  },
  revoke: {
    method: 'POST',
    path: '/api/pairing/revoke',
    forBrowsers: true,
    summary: 'Takes an approval back; the account may be left out if there is one only',
    input: z.strictObject({ senderId: z.string().min(1), accountId }),
    answer: z.object({ revoked: senderAnswer }),
  },
  messages: {
    method: 'GET',
    path: '/api/messages',
    forBrowsers: true,
    summary:
      'Received messages, newest first, each with what became of it; of the default account if none is named',
    input: z.strictObject({
      accountId,
      /** Only this conversation; both or none. */
      kind: z.enum(['direct', 'group']).optional(),
      conversationId: z.string().min(1).optional(),
      text: z.string().max(200).optional(),
      before: z.coerce.number().int().positive().optional(),
      limit: z.coerce.number().int().min(1).max(100).default(50),
    }),
    answer: messagesAnswer,
  },
  targets: {
    method: 'GET',
    path: '/api/targets',
    forBrowsers: true,
    summary: 'To whom programs may write, by name',
    input: nothing,
    answer: z.object({ targets: z.array(targetAnswer) }),
  },
  testTarget: {
    method: 'POST',
    path: '/api/targets/test',
    forBrowsers: true,
    summary: 'Pushes a fixed text to a target',
    input: z.strictObject({ target: targetName }),
    answer: pushAnswer,
  },
  tokens: {
    method: 'GET',
    path: '/api/tokens',
    summary: 'The tokens of other programs, without their secrets',
    input: nothing,
    answer: z.object({ tokens: z.array(tokenAnswer) }),
  },
  createToken: {
    method: 'POST',
    path: '/api/tokens',
    summary: 'Makes a token for another program; it is shown in this answer only',
    input: z.strictObject({
      scopes: z.array(z.enum(tokenScopes)).min(1),
      targets: z
        .array(z.union([targetName, z.literal(everyTarget)]))
        .min(1)
        .max(maxIds),
      note: z.string().max(200).default(''),
    }),
    answer: tokenAnswer.extend({ token: z.string() }),
    status: 201,
  },
  revokeToken: {
    method: 'POST',
    path: '/api/tokens/revoke',
    summary: 'Takes a token back, at once',
    input: z.strictObject({ id: z.string().min(1).max(64) }),
    answer: z.object({ revoked: z.string() }),
  },
  usage: {
    method: 'GET',
    path: '/api/usage',
    forBrowsers: true,
    summary: 'Turns, failures and tokens of each day and account',
    input: nothing,
    answer: usageAnswer,
  },
  log: {
    method: 'GET',
    path: '/api/log',
    forBrowsers: true,
    summary: 'The newest lines of the log, without secrets',
    input: z.strictObject({
      /** Only lines with a greater number. */
      after: z.coerce.number().int().min(0).default(0),
      level: z.enum(logLevels).default('info'),
      accountId,
      text: z.string().max(200).optional(),
    }),
    answer: logAnswer,
  },
  config: {
    method: 'GET',
    path: '/api/config',
    forBrowsers: true,
    summary:
      'The configuration as it is on the disk, without secrets: its files, their problems, and every account with its defaults',
    input: nothing,
    answer: configAnswer,
  },
  dashboardLink: {
    method: 'POST',
    path: '/api/dashboard/link',
    summary:
      'A link that lets one browser into the dashboard, once and soon: #link=LINK behind the address of the gateway',
    input: nothing,
    answer: z.object({ link: z.string(), expiresAtMs: z.number() }),
    status: 201,
  },
  stop: {
    method: 'POST',
    path: '/api/gateway/stop',
    summary: 'Stops the gateway',
    input: nothing,
    answer: z.object({ status: z.literal('stopping') }),
    status: 202,
  },
  restart: {
    method: 'POST',
    path: '/api/gateway/restart',
    summary: 'Restarts the gateway in its process',
    input: nothing,
    answer: z.object({ status: z.literal('restarting') }),
    status: 202,
  },
  drain: {
    method: 'POST',
    path: '/api/gateway/drain',
    summary: 'Hands the accounts of this gateway over to the others that share them, or takes some again',
    input: z.strictObject({ draining: z.boolean().default(true) }),
    answer: z.object({ status: z.enum(['draining', 'serving']) }),
  },
  reload: {
    method: 'POST',
    path: '/api/gateway/reload',
    summary: 'Reads the configuration again',
    input: nothing,
    answer: z.object({ status: z.literal('reloaded') }),
  },
} as const satisfies Record<string, Route>

type Described = typeof described
export type RouteName = keyof Described
/** What a caller gives. */
export type RouteInput<Name extends RouteName> = z.input<Described[Name]['input']>
/** What a handler reads. */
export type CheckedInput<Name extends RouteName> = z.output<Described[Name]['input']>
export type RouteAnswer<Name extends RouteName> = z.output<Described[Name]['answer']>

export const routes: {
  readonly [Name in RouteName]: Route<RouteInput<Name>, CheckedInput<Name>, RouteAnswer<Name>>
} = described

export const routeNames = Object.keys(routes).filter((name): name is RouteName => Object.hasOwn(routes, name))
