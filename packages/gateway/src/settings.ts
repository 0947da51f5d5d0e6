/**
 * What the gateway takes from its configuration file, apart from how that file is found, read and checked.
 */

import type { AgentConfig } from './agent/types.ts'

export interface Settings {
  /** The file. */
  readonly path: string
  /** The control plane's address. */
  readonly host: string
  readonly port: number
  readonly agent: AgentConfig
  /** `messages.inbound.debounceMs`. */
  readonly debounceMs: number
  /** Checked values by channel id; a channel without one is not started. */
  readonly channels: ReadonlyMap<string, unknown>
  readonly warnings: readonly string[]
  /** Values that no log line may show. */
  readonly secrets: readonly string[]
}
