/**
 * What each route of the control plane does: a thin skin over `ControlTarget`.
 */

import { MoltbotError, messageOf, type OutboxListing, outboxStates } from '@moltbot/channel-sdk'
import type { Frozen } from '../api/route.ts'
import type { CheckedInput, RouteAnswer, RouteName } from '../api/routes.ts'
import type { BrowserSessions } from '../dashboard/browser-sessions.ts'
import { unknownAccount } from '../host/channels.ts'
import { operator } from '../push/callers.ts'
import type { ControlTarget } from './target.ts'

type AllHandlers = {
  readonly [Name in RouteName]: (input: CheckedInput<Name>) => Promise<Frozen<RouteAnswer<Name>>>
}

/** All but those of the server itself. */
export type Handlers = Omit<AllHandlers, 'dashboardLink'>

export function withDashboard(handlers: Handlers, sessions: Pick<BrowserSessions, 'makeLink'>): AllHandlers {
  return { ...handlers, dashboardLink: async () => sessions.makeLink() }
}

export function createHandlers(target: ControlTarget): Handlers {
  return {
    ...pairingHandlers(target),
    ...channelHandlers(target),
    ...phoneHandlers(target),
    ...programHandlers(target),
    status: () => target.status(),
    qrCode: async ({ accountId }) => ({ rows: await drawn((await target.account(accountId)).qr) }),
    log: async (query) => target.log(query),
    schedules: async ({ accountId }) => ({ schedules: await target.schedules(accountId) }),
    schedule: ({ id }) => target.schedule(id),
    changeSchedule: async ({ id, action }) => {
      await target.changeSchedule(id, action)
      return { id }
    },
    messages: (query) => target.messages(query),
    usage: () => target.usage(),
    config: () => target.config(),
    checkState: async () => (await target.state()).check(),
    saveState: async ({ name }) => (await target.state()).save(name),
    stop: async () => {
      target.stop()
      return { status: 'stopping' }
    },
    restart: async () => {
      target.restart()
      return { status: 'restarting' }
    },
    drain: async ({ draining }) => {
      await target.drain(draining)
      return { status: draining ? 'draining' : 'serving' }
    },
    reload: async () => {
      await target.reload()
      return { status: 'reloaded' }
    },
  }
}

function channelHandlers(target: ControlTarget) {
  return {
    account: ({ accountId }) => target.account(accountId),
    changeAccount: async ({ accountId, action }) => {
      await target.changeAccount(accountId, action)
      return { accountId }
    },
    probe: async ({ accountIds }) => ({ accounts: await target.probe(accountIds) }),
    verifyCode: async ({ accountId, code }) => {
      await target.submitVerifyCode(accountId, code)
      return { status: 'submitted' }
    },
    logout: async ({ accountId }) => ({ loggedOut: await target.logout(accountId) }),
    explain: (order) => target.explain(order),
    tools: () => target.tools(),
    send: ({ media, ...order }) =>
      target.send({ ...order, ...(media !== undefined && { media: { source: { path: media } } }) }),
    forecast: (query) => target.forecast(query),
    outbox: async ({ which, state, accountId }) => {
      const items = await target.listOutbox(state === undefined ? which : listingOf(state), accountId)
      return { items: items.filter((item) => state === undefined || item.state === state) }
    },
    changeOutbox: async (change) => ({ changed: await target.changeOutbox(change) }),
    webhooks: async ({ which, accountId }) => ({ items: await target.listWebhooks(which, accountId) }),
    changeWebhooks: async (change) => ({ changed: await target.changeWebhooks(change) }),
  } satisfies Partial<Handlers>
}

/** As a browser's test and the list of targets need it, for the operator. */
function programHandlers(target: ControlTarget) {
  return {
    targets: async () => ({ targets: target.programs().conversations.targets(operator) }),
    testTarget: ({ target: name }) =>
      target.programs().pushes.push(operator, { target: name, text: testText }),
    tokens: async () => ({ tokens: await target.programs().tokens.list() }),
    createToken: async ({ scopes, targets, note }) => {
      const { token, access } = await target.programs().tokens.create({ scopes, targets, note })
      return { ...access, token }
    },
    revokeToken: async ({ id }) => {
      await target.programs().tokens.revoke(id)
      return { revoked: id }
    },
  } satisfies Partial<Handlers>
}

/** In both languages: who reads it is not known. */
const testText = 'Test message of the gateway · 网关测试消息'

function listingOf(state: string): OutboxListing {
  return outboxStates.failed.some((one) => one === state) ? 'failed' : 'waiting'
}

/** None where there is no code to scan. */
async function drawn(text: string | undefined): Promise<string[]> {
  if (text === undefined) return []
  const { encode } = await import('uqr')
  return encode(text, { border: 3 }).data.map((row) => row.map(Number).join(''))
}

/** Their routes exist only where there is a phone. */
function phoneHandlers(target: ControlTarget) {
  const { phone } = target
  const desk = () => {
    if (phone !== undefined) return phone
    throw new MoltbotError('not-found', 'there is a phone in the sandbox only')
  }
  return {
    phone: () => desk().list(),
    phoneChat: (chat) => desk().chat(chat),
    phoneFile: ({ messageId, ...chat }) => desk().file(chat, messageId),
    phoneSay: async ({ accountId, personId, groupId, ...saying }) => {
      await desk().say({ accountId, personId, groupId }, saying)
      return { status: 'sent' }
    },
    phoneClock: ({ advanceMs }) => desk().passTime(advanceMs, () => target.runDue()),
    phonePerson: ({ accountId, name }) => desk().addPerson(accountId, name),
  } satisfies Partial<Handlers>
}

function pairingHandlers(target: ControlTarget) {
  return {
    pairing: ({ accountId }) => pairingOf(target, accountId),
    approve: async ({ code, accountId, notify }) => {
      const approved = await target.pairing().approve(code, accountId)
      if (!notify) return { approved, notified: false }
      // An approval is valid even when its sender could not be notified.
      const notifyError = await target.notifyApproved(approved).then(() => undefined, messageOf)
      return { approved, notified: notifyError === undefined, notifyError }
    },
    reject: async ({ code, accountId }) => ({ rejected: await target.pairing().reject(code, accountId) }),
    revoke: async ({ senderId, accountId: named }) => {
      const accountId = named ?? (await soleAccountOf(target, senderId))
      await target.revoke(senderId, accountId)
      return { revoked: { senderId, accountId } }
    },
  } satisfies Partial<Handlers>
}

/** Of an account that is gone from the configuration, too, as long as it has approvals. @throws `account-unknown` */
async function pairingOf(target: ControlTarget, accountId: string | undefined) {
  const lists = await target.pairing().list(accountId)
  const known = target.accountIds()
  if (accountId === undefined || lists.pending.length + lists.approved.length > 0) return lists
  if (known.includes(accountId)) return lists
  throw unknownAccount(accountId, known)
}

/** The account that a person is approved for, where the operator named none. */
async function soleAccountOf(target: ControlTarget, senderId: string): Promise<string> {
  const approved = (await target.pairing().list()).approved.filter((one) => one.senderId === senderId)
  const [first, second] = approved.map(({ accountId }) => accountId)
  if (first === undefined) throw new MoltbotError('pairing-not-approved', `${senderId} is not approved`)
  if (second === undefined) return first
  const names = approved.map(({ accountId }) => accountId).join(', ')
  throw new MoltbotError(
    'account-needed',
    `${senderId} is approved for several accounts, say which: ${names}`,
  )
}
