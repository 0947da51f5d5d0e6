/**
 * What a person should know of the gateways that share the accounts.
 */

import type { Membership } from './membership.ts'

export interface ClusterView {
  readonly name: string
  readonly gateways: readonly GatewayView[]
  /** One sentence each. */
  readonly problems: readonly string[]
}

export interface GatewayView {
  readonly name: string
  readonly version: string
  readonly weight: number
  readonly isDraining: boolean
  /** Accounts that it holds. */
  readonly accounts: number
  /** Does it use the configuration that this gateway uses? */
  readonly hasSameConfig: boolean
}

export interface ViewFacts {
  /** Of this gateway. */
  readonly name: string
  readonly configHash: string
  readonly membership: Pick<Membership, 'id' | 'members' | 'mayRun' | 'problem'>
  /** Accounts that each gateway holds, by its id. */
  readonly counts: ReadonlyMap<string, number>
}

export function clusterView(facts: ViewFacts): ClusterView {
  const { name, configHash, membership, counts } = facts
  const { members, id } = membership
  return {
    name,
    gateways: members.map((member) => ({
      name: member.name,
      version: member.version,
      weight: member.weight,
      isDraining: member.isDraining,
      accounts: counts.get(member.id) ?? 0,
      hasSameConfig: member.id === id || member.configHash === configHash,
    })),
    problems: problemsOf(facts),
  }
}

function problemsOf({ name, configHash, membership }: ViewFacts): string[] {
  const { problem, members, id, mayRun } = membership
  const different = members.filter((one) => one.configHash !== configHash && one.id !== id)
  const namesakes = members.filter((one) => one.name === name && one.id !== id)
  const serving = members.filter(({ isDraining, weight }) => !isDraining && weight > 0)
  return [
    ...(problem === undefined ? [] : [unreachable(problem, mayRun)]),
    ...different.map((one) => `gateway ${one.name} uses another configuration than this one`),
    ...(namesakes.length > 0 ? [`another gateway is named ${name} too; set MOLTBOT_GATEWAY_NAME`] : []),
    ...(members.length > 0 && serving.length === 0
      ? ['every gateway is drained, so no account is served']
      : []),
  ]
}

const unreachable = (reason: string, mayRun: boolean) =>
  mayRun
    ? `the database does not answer, so this gateway stops its accounts: ${reason}`
    : `the database does not answer, so this gateway serves no account: ${reason}`
