/**
 * `pairing list`, `approve`, `reject` and `revoke`, through the running gateway.
 */

import { localTime, MoltbotError } from '@moltbot/channel-sdk'
import type { PairingAnswer } from '../api/answers.ts'
import { connectGateway, type GatewayClient } from '../control/client.ts'
import { english } from '../language/speech.ts'
import { requireChannel } from './channel-accounts.ts'
import { columns } from './columns.ts'
import { type Output, show } from './show.ts'

interface PairingOptions {
  readonly account?: string
  readonly channel?: string
  readonly notify?: true
  readonly json?: true
}

export async function listPairing(
  stateDir: string,
  { account, channel, json }: PairingOptions,
  output: Output,
): Promise<undefined> {
  const gateway = connectGateway(stateDir)
  if (channel !== undefined) await requireChannel(gateway, channel)
  const answer = await gateway.call('pairing', { accountId: account })
  show(output, json, answer, () => {
    const { pending, approved } = answer
    const parts = [pendingLines(pending, output), approvedLines(approved, output)].filter(
      (part) => part.length > 0,
    )
    if (parts.length === 0) return [output.say('No pending requests and no approved users.')]
    return parts.flatMap((part, index) => (index === 0 ? part : ['', ...part]))
  })
}

/** The request, then its sender below it, with name and first words: ids are too long for a column. */
function pendingLines(pending: PairingAnswer['pending'], { say }: Output): string[] {
  if (pending.length === 0) return []
  return [
    say('WAITING FOR A DECISION'),
    ...columns([
      [say('CODE'), say('ACCOUNT'), say('VALID UNTIL')],
      ...pending.flatMap((one) => [
        [one.code, one.accountId, localTime(one.expiresAtMs)],
        [`  ${one.senderId}`],
        ...[one.senderName, one.text].filter((text) => text !== '').map((text) => [`  ${quoted(text)}`]),
      ]),
    ]),
    say('Admit a person with: moltbot pairing approve {code}', { code: say('CODE') }),
  ]
}

function approvedLines(approved: PairingAnswer['approved'], { say }: Output): string[] {
  if (approved.length === 0) return []
  return [
    say('APPROVED'),
    ...columns([
      [say('ACCOUNT'), say('SINCE')],
      ...approved.flatMap((one) => [[one.accountId, localTime(one.approvedAtMs)], [`  ${one.senderId}`]]),
    ]),
  ]
}

/** So that no name passes for something that the gateway says. */
const quoted = (text: string) => JSON.stringify(text)

export async function approvePairing(
  stateDir: string,
  words: readonly string[],
  options: PairingOptions,
  output: Output,
): Promise<undefined> {
  const { account: accountId, notify } = options
  const gateway = connectGateway(stateDir)
  const order = { code: await lastOf(words, gateway), accountId, notify }
  const answer = await gateway.call('approve', order)
  show(output, options.json, answer, () => {
    const { approved, notified, notifyError } = answer
    const { say, translate } = output
    return [
      say('{senderId} may now talk to account {accountId}.', approved),
      ...(notified ? [say('The person was notified.')] : []),
      ...(notifyError === undefined
        ? []
        : [say('The person could not be notified: {reason}', { reason: translate(notifyError) })]),
    ]
  })
}

export async function rejectPairing(
  stateDir: string,
  words: readonly string[],
  options: PairingOptions,
  output: Output,
): Promise<undefined> {
  const gateway = connectGateway(stateDir)
  const order = { code: await lastOf(words, gateway), accountId: options.account }
  const answer = await gateway.call('reject', order)
  show(output, options.json, answer, () => [
    output.say('The request of {senderId} to account {accountId} is deleted.', answer.rejected),
  ])
}

export async function revokePairing(
  stateDir: string,
  words: readonly string[],
  options: PairingOptions,
  output: Output,
): Promise<undefined> {
  const gateway = connectGateway(stateDir)
  const senderId = await lastOf(words, gateway)
  const answer = await gateway.call('revoke', { senderId, accountId: options.account })
  show(output, options.json, answer, () => [
    output.say('{senderId} may no longer talk to account {accountId}.', answer.revoked),
  ])
}

/** `CODE`, or `CHANNEL CODE` as the family writes it: accounts, and so codes, differ in all channels. */
async function lastOf(words: readonly string[], gateway: GatewayClient): Promise<string> {
  const [first = '', second, third] = words
  if (third !== undefined) throw new MoltbotError('usage', english('error: too many arguments'))
  if (second === undefined) return first
  await requireChannel(gateway, first)
  return second
}
