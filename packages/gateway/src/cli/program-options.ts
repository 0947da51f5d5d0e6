/**
 * What the commands need of the process that they run in.
 */

import type { ConfigCommandDeps } from './config-commands.ts'
import type { Terminal } from './login-command.ts'

export interface ProgramOptions {
  /** How it is called here, see `ownCommand`. */
  readonly name: string
  readonly terminal: Terminal
  readonly config: ConfigCommandDeps
  /** Runs a command to its exit code. */
  readonly end: (command: () => Promise<number | undefined>) => Promise<void>
}
