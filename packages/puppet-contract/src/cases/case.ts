/** A case as it is written here, before it is bound to a harness. */
import type { Bench } from '../bench.ts'
import type { OptionalStimulus } from '../harness.ts'

export interface CaseDefinition {
  /** A sentence that is true of a puppet that passes. Deviations are listed by it, so it stays as it is. */
  readonly name: string
  /** The stimuli without which the case is not applicable. */
  readonly needs?: readonly OptionalStimulus[]
  run(bench: Bench): Promise<void>
}
