/** What a test runner needs of a case: a name and something to await. */
export interface ContractCase {
  /** A sentence that is true of a puppet that passes. Stable: deviations are listed by it. */
  readonly name: string
  /** Takes nothing, so that it can be handed to any runner as it is. Rejects when the puppet fails the case. */
  run(): Promise<void>
}
