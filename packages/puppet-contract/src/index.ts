/**
 * The contract of a Wechaty puppet as test cases for any runner:
 * `for (const { name, run } of puppetContract(harness)) it(name, run)`.
 */
import { runOnBench } from './bench.ts'
import type { CaseDefinition } from './cases/case.ts'
import { lifecycleCases } from './cases/lifecycle.ts'
import { memberCases } from './cases/members.ts'
import { receivingCases } from './cases/receiving.ts'
import { resilienceCases } from './cases/resilience.ts'
import { sendingCases } from './cases/sending.ts'
import { sessionCases } from './cases/session.ts'
import type { ContractCase } from './contract-case.ts'
import type { OptionalStimulus, PuppetHarness } from './harness.ts'

export type { ContractCase } from './contract-case.ts'
export { type Deviation, withDeviations } from './deviations.ts'
export type {
  ContractTimeouts,
  IncomingText,
  OptionalStimulus,
  PuppetHarness,
  PuppetUnderTest,
  SentText,
} from './harness.ts'
export { type Member, type MemberKind, type MemberName, members, type RefusableMember } from './members.ts'

export interface NotApplicable {
  readonly name: string
  /** The stimuli that the harness would have to give. */
  readonly needs: readonly OptionalStimulus[]
}

const definitions: readonly CaseDefinition[] = [
  ...memberCases,
  ...lifecycleCases,
  ...sessionCases,
  ...receivingCases,
  ...sendingCases,
  ...resilienceCases,
]

function lacking(definition: CaseDefinition, harness: PuppetHarness): readonly OptionalStimulus[] {
  return (definition.needs ?? []).filter((stimulus) => !harness.gives?.includes(stimulus))
}

/**
 * The cases that apply to the puppet of this harness. Each creates its own puppet and disposes of it; a case
 * that fails rejects, with node's AssertionError or the puppet's own error. Run them one after another.
 */
export function puppetContract(harness: PuppetHarness): readonly ContractCase[] {
  return definitions
    .filter((definition) => lacking(definition, harness).length === 0)
    .map((definition) => ({
      name: definition.name,
      run: () => runOnBench(harness, definition.run),
    }))
}

/** The cases that `puppetContract` leaves out because the harness lacks a stimulus: report them, by name. */
export function notApplicable(harness: PuppetHarness): readonly NotApplicable[] {
  return definitions
    .map((definition) => ({ name: definition.name, needs: lacking(definition, harness) }))
    .filter(({ needs }) => needs.length > 0)
}
