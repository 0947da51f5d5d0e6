/**
 * One failure that is tried on a running gateway: in `npm test` for a moment, by `npm run fire` for as long as it lasts in
 * real life.
 */

import type { Stage } from './stage.ts'

export interface Scene {
  /** Its name on the command line. */
  readonly name: string
  /** Seconds that the failure lasts: in `npm test`, and by hand. Undefined: it is only tried by hand. */
  readonly seconds: { readonly test: number | undefined; readonly hand: number }
  /** Whether this machine, and this user, can cause it. Absent: everywhere. */
  readonly isPossible?: () => boolean
  /**
   * Lets the failure come and go, and checks what must hold. Every message is answered before and after it.
   * @param stage with a gateway that is online
   * @returns what was seen, for the record
   * @throws where something does not hold
   */
  run(stage: Stage, failureMs: number): Promise<Readonly<Record<string, unknown>>>
}
