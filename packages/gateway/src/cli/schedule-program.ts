/**
 * The commands of `schedules`, which ask the running gateway.
 */

import type { Command } from 'commander'
import { stateDirPath } from '../state/state-dir.ts'
import type { ProgramOptions } from './program-options.ts'

export function addSchedules(schedules: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  const json = ['--json', say('for scripts')] as const
  const commands = () => import('./schedule-commands.ts')
  schedules
    .command('list')
    .description(say('next time, and what became of the last run'))
    .option('--account <id>', say('only of this account'))
    .option(...json)
    .action((options) => end(async () => (await commands()).listSchedules(stateDirPath(), options, terminal)))
  const changes = {
    run: say('run one now, besides its times'),
    pause: say('let its times pass until it is resumed'),
    resume: say('go on with its next time'),
    remove: say('remove one that was made in a chat'),
  }
  for (const action of ['run', 'pause', 'resume', 'remove'] as const) {
    schedules
      .command(`${action} <id>`)
      .description(changes[action])
      .option(...json)
      .action((id, options) =>
        end(async () => (await commands()).changeSchedule(stateDirPath(), action, id, options, terminal)),
      )
  }
}
