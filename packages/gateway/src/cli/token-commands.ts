/**
 * `tokens create`, `list` and `revoke`, through the running gateway.
 */

import { localTime, MoltbotError } from '@moltbot/channel-sdk'
import { connectGateway } from '../control/client.ts'
import { english } from '../language/speech.ts'
import { everyTarget, type TokenScope, tokenScopes } from '../push/access-tokens.ts'
import { columns } from './columns.ts'
import { type Output, show } from './show.ts'

export interface NewTokenOptions {
  readonly push?: true
  readonly mcp?: true
  readonly target?: readonly string[]
  readonly allTargets?: true
  readonly note?: string
  readonly json?: true
}

/** @throws `usage` where it would open nothing */
export async function createToken(
  stateDir: string,
  { target = [], allTargets, note, json, ...given }: NewTokenOptions,
  output: Output,
): Promise<undefined> {
  const scopes: TokenScope[] = tokenScopes.filter((scope) => given[scope])
  if (scopes.length === 0)
    throw new MoltbotError('usage', english('error: say what the token is for: --push, --mcp, or both'))
  const targets = allTargets ? [everyTarget] : [...target]
  if (targets.length === 0)
    throw new MoltbotError('usage', english('error: say whom it reaches: --target NAME, or --all-targets'))
  const gateway = connectGateway(stateDir)
  const { targets: known } = await gateway.call('targets')
  const unknown = targets.filter((name) => name !== everyTarget && !known.some((one) => one.name === name))
  const answer = await gateway.call('createToken', { scopes, targets, ...(note !== undefined && { note }) })
  show(output, json, answer, () => [
    answer.token,
    output.say('This token is shown once. Id for moltbot tokens revoke: {id}', { id: answer.id }),
    ...unknown.map((name) => output.say('Note: no target {name} is configured yet.', { name })),
  ])
  return undefined
}

export async function listTokens(
  stateDir: string,
  { json }: { readonly json?: true },
  output: Output,
): Promise<undefined> {
  const answer = await connectGateway(stateDir).call('tokens')
  const { say } = output
  show(output, json, answer, () => {
    if (answer.tokens.length === 0) return [say('There are no tokens.')]
    return columns([
      [say('ID'), say('FOR'), say('TARGETS'), say('LAST USE')],
      ...answer.tokens.flatMap((one) => [
        [
          one.id,
          one.scopes.join(','),
          one.targets.join(','),
          one.usedMs === 0 ? say('never') : localTime(one.usedMs),
        ],
        ...(one.note === '' ? [] : [[`  ${one.note}`]]),
      ]),
    ])
  })
  return undefined
}

export async function revokeToken(
  stateDir: string,
  id: string,
  { json }: { readonly json?: true },
  output: Output,
): Promise<undefined> {
  const answer = await connectGateway(stateDir).call('revokeToken', { id })
  show(output, json, answer, () => [output.say('Token {id} no longer works.', { id })])
  return undefined
}
