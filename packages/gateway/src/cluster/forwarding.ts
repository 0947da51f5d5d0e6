/**
 * Routes of the control plane about an account, which only the gateway that serves it can answer: any gateway takes the
 * request and hands it on to that one.
 */

import { messageOf } from '@moltbot/channel-sdk'
import type { z } from 'zod'
import type { Frozen } from '../api/route.ts'
import { type RouteAnswer, routes } from '../api/routes.ts'
import type { Handlers } from '../control/handlers.ts'
import type { ControlTarget } from '../control/target.ts'
import { fileIsHere, type forwardable, type Peer, type Peers, peerRequest } from './peers.ts'

/** Does what another gateway asks of this one. It does not hand it on: the other has just seen who serves the account. */
export async function runForPeer(
  given: unknown,
  handlers: Pick<Handlers, z.output<typeof forwardable>>,
  target: Pick<ControlTarget, 'send' | 'notifyApproved' | 'admissionsChanged' | 'receiveAgain'>,
): Promise<unknown> {
  const request = peerRequest.parse(given)
  if ('push' in request) return target.send(request.push)
  if ('notifyApproved' in request) return target.notifyApproved(request.notifyApproved)
  if ('admissionsChanged' in request) return target.admissionsChanged(request.admissionsChanged)
  if ('receiveAgain' in request) {
    const { accountId, received } = request.receiveAgain
    return target.receiveAgain(accountId, received)
  }
  return run(request.route, request.input, handlers)
}

function run<Name extends z.output<typeof forwardable>>(
  name: Name,
  input: unknown,
  handlers: Pick<Handlers, Name>,
): Promise<Frozen<RouteAnswer<Name>>> {
  return handlers[name](routes[name].input.parse(input))
}

/** @param peers undefined where there is only this gateway */
export function forwarding(own: Handlers, peers: () => Peers | undefined): Handlers {
  const there = async <Answer>(peer: Peer, route: Forwarded, input: unknown, shape: Shape<Answer>) =>
    shape.parse(await peers()?.ask(peer, { route, input }))

  /** The answer of the gateway that serves the account. */
  const toHolder =
    <Input extends OfAccount, Answer>(route: Forwarded, here: Handler<Input, Answer>, shape: Shape<Answer>) =>
    async (input: Input): Promise<Answer> => {
      const holder = peers()?.holderOf(input.accountId)
      return holder === undefined ? here(input) : there(holder, route, input, shape)
    }

  /** The answers of all of them. One that is silent is left out: the status says that it is. */
  const fromAll =
    <Input extends OfAccount, Answer>(route: Forwarded, here: Handler<Input, Answer>, shape: Shape<Answer>) =>
    async (input: Input): Promise<Answer[]> => {
      if (input.accountId !== undefined) return [await toHolder(route, here, shape)(input)]
      const others = (peers()?.all ?? []).map((peer) => there(peer, route, input, shape))
      const settled = Promise.allSettled(others)
      const first = await here(input)
      return [first, ...(await settled).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))]
    }

  const { account, changeAccount, verifyCode, logout, explain, send, forecast, probe } = routes
  const { outbox, changeOutbox, webhooks, changeWebhooks } = routes
  const toSender = toHolder('send', own.send, send.answer)
  const listed = fromAll('outbox', own.outbox, outbox.answer)
  const changed = fromAll('changeOutbox', own.changeOutbox, changeOutbox.answer)
  const events = fromAll('webhooks', own.webhooks, webhooks.answer)
  const changedEvents = fromAll('changeWebhooks', own.changeWebhooks, changeWebhooks.answer)
  return {
    ...own,
    account: toHolder('account', own.account, account.answer),
    changeAccount: toHolder('changeAccount', own.changeAccount, changeAccount.answer),
    verifyCode: toHolder('verifyCode', own.verifyCode, verifyCode.answer),
    logout: toHolder('logout', own.logout, logout.answer),
    explain: toHolder('explain', own.explain, explain.answer),
    send: async (input) => {
      const holder = input.media === undefined ? undefined : peers()?.holderOf(input.accountId)
      if (holder !== undefined) throw fileIsHere(holder)
      return toSender(input)
    },
    forecast: toHolder('forecast', own.forecast, forecast.answer),
    outbox: async (input) => ({ items: (await listed(input)).flatMap(({ items }) => items) }),
    changeOutbox: async (input) => ({ changed: (await changed(input)).flatMap((one) => one.changed) }),
    webhooks: async (input) => ({ items: (await events(input)).flatMap(({ items }) => items) }),
    changeWebhooks: async (input) => ({
      changed: (await changedEvents(input)).flatMap((one) => one.changed),
    }),
    probe: async (input) => {
      const known = peers()
      if (known === undefined) return own.probe(input)
      const wanted = input.accountIds ?? (await enabledOf(own))
      const groups = Map.groupBy(wanted, (accountId) => known.holderOf(accountId)?.id)
      const answers = [...groups].map(async ([id, accountIds]) => {
        const peer = known.all.find((one) => one.id === id)
        if (peer === undefined) return (await own.probe({ accountIds })).accounts
        const silent = (error: unknown) => accountIds.map((accountId) => noAnswer(accountId, error))
        return there(peer, 'probe', { accountIds }, probe.answer).then(({ accounts }) => accounts, silent)
      })
      return { accounts: (await Promise.all(answers)).flat() }
    },
  }
}

type Forwarded = z.output<typeof forwardable>
type Handler<Input, Answer> = (input: Input) => Promise<Answer>
interface OfAccount {
  readonly accountId?: string | undefined
}
interface Shape<Answer> {
  parse(value: unknown): Answer
}

const noAnswer = (accountId: string, error: unknown) => ({
  accountId,
  answers: false,
  problem: messageOf(error),
})

async function enabledOf(own: Handlers): Promise<string[]> {
  const { accounts } = await own.status({})
  return accounts.filter(({ state }) => state !== 'disabled').map(({ accountId }) => accountId)
}
