/**
 * The command `dashboard` with its options.
 */

import type { Command } from 'commander'
import { stateDirPath } from '../state/state-dir.ts'
import type { ProgramOptions } from './program-options.ts'

export function addDashboard(program: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  program
    .command('dashboard')
    .description(say('print a link to the dashboard of the running gateway, and open it in a browser'))
    .option('--no-open', say('only print the link'))
    .option('--json', say('for scripts'))
    .action((options) =>
      end(async () =>
        (await import('./dashboard-command.ts')).openDashboard(stateDirPath(), options, terminal),
      ),
    )
}
