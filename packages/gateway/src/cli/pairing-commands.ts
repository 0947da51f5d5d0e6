/**
 * `pairing list`, `approve`, `reject` and `revoke`, through the running gateway.
 */

import { z } from 'zod'
import { connectGateway } from '../control/client.ts'
import { show, stdout } from './show.ts'

interface PairingOptions {
  readonly account?: string
  readonly notify?: true
  readonly json?: true
}

const sender = z.object({ accountId: z.string(), senderId: z.string() })
const lists = z.object({
  pending: z.array(sender.extend({ code: z.string(), expiresAtMs: z.number() })),
  approved: z.array(sender),
})
const approval = z.object({ approved: sender, notified: z.boolean(), notifyError: z.string().optional() })

export async function listPairing(stateDir: string, { account, json }: PairingOptions): Promise<undefined> {
  const query = account === undefined ? '' : `?${new URLSearchParams({ account })}`
  const answer = await connectGateway(stateDir).get(`/api/pairing${query}`)
  show(stdout, json, answer, () => {
    const { pending, approved } = lists.parse(answer)
    return [
      ...pending.map(
        (one) => `${one.code}  waiting   ${one.accountId}  ${one.senderId}  ${expiry(one.expiresAtMs)}`,
      ),
      ...approved.map((one) => `--------  approved  ${one.accountId}  ${one.senderId}`),
      ...(pending.length + approved.length === 0 ? ['No pending requests and no approved users.'] : []),
    ]
  })
}

export async function approvePairing(
  stateDir: string,
  code: string,
  options: PairingOptions,
): Promise<undefined> {
  const { account: accountId, notify } = options
  const answer = await connectGateway(stateDir).post('/api/pairing/approve', { code, accountId, notify })
  show(stdout, options.json, answer, () => {
    const { approved, notified, notifyError } = approval.parse(answer)
    const note = notified ? ', and was notified' : ''
    const failure = notifyError === undefined ? [] : [`but could not be notified: ${notifyError}`]
    return [`${approved.senderId} may now talk to account ${approved.accountId}${note}.`, ...failure]
  })
}

export async function rejectPairing(
  stateDir: string,
  code: string,
  options: PairingOptions,
): Promise<undefined> {
  const answer = await connectGateway(stateDir).post('/api/pairing/reject', {
    code,
    accountId: options.account,
  })
  show(stdout, options.json, answer, () => {
    const { senderId, accountId } = z.object({ rejected: sender }).parse(answer).rejected
    return [`The request of ${senderId} to account ${accountId} is forgotten.`]
  })
}

export async function revokePairing(
  stateDir: string,
  senderId: string,
  options: PairingOptions,
): Promise<undefined> {
  const body = { senderId, accountId: options.account }
  const answer = await connectGateway(stateDir).post('/api/pairing/revoke', body)
  show(stdout, options.json, answer, () => {
    const { accountId } = z.object({ revoked: sender }).parse(answer).revoked
    return [`${senderId} may no longer talk to account ${accountId}.`]
  })
}

function expiry(expiresAtMs: number): string {
  return `until ${new Date(expiresAtMs).toLocaleTimeString()}`
}
