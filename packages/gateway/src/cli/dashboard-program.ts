/**
 * The command `dashboard` with its options.
 */

import type { Command } from 'commander'
import { sandboxOf, stateDirPath } from '../state/state-dir.ts'
import type { ProgramOptions } from './program-options.ts'

export function addDashboard(program: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  program
    .command('dashboard')
    .description(say('print a link to the dashboard of the running gateway, and open it in a browser'))
    .option('--no-open', say('only print the link'))
    .option('--sandbox', say('of the sandbox that runs'))
    .option('--json', say('for scripts'))
    .action(({ sandbox, ...options }) =>
      end(async () => {
        const { openDashboard } = await import('./dashboard-command.ts')
        return openDashboard(sandbox ? sandboxOf(stateDirPath()) : stateDirPath(), options, terminal)
      }),
    )
}
