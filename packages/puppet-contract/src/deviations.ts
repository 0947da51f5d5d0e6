/**
 * For a puppet that is known to deviate: the table says where, how and why, and is held to it. A deviation
 * that has gone fails as one that has come does.
 */
import assert from 'node:assert/strict'
import type { ContractCase } from './contract-case.ts'

export interface Deviation {
  /** Matches the message of the error that the case fails with. */
  readonly error: RegExp
  /** Why the puppet is accepted as it is. */
  readonly reason: string
}

function deviating(contractCase: ContractCase, { error, reason }: Deviation): ContractCase {
  return {
    name: `${contractCase.name} (deviates: ${reason})`,
    run: async () => {
      const failure = await contractCase.run().then(
        () => undefined,
        (thrown: unknown) => String(thrown),
      )
      assert(failure !== undefined, 'the deviation has gone: take it off the table')
      assert.match(failure, error, 'the case fails in another way than the table says')
    },
  }
}

/**
 * The same cases, those in the table turned around: they pass when they fail as described.
 * @param table by the name of the case; throws when there is no such case
 */
export function withDeviations(
  cases: readonly ContractCase[],
  table: Readonly<Record<string, Deviation>>,
): readonly ContractCase[] {
  const names = new Set(cases.map(({ name }) => name))
  const strangers = Object.keys(table).filter((name) => !names.has(name))
  if (strangers.length > 0) throw new Error(`no such case: ${strangers.join(', ')}`)
  return cases.map((contractCase) => {
    const deviation = table[contractCase.name]
    return deviation ? deviating(contractCase, deviation) : contractCase
  })
}
