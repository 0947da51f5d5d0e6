/**
 * The commands that stand alone: for whoever sets a gateway up, and finds out what is wrong with one.
 */

import type { Command } from 'commander'
import { stateDirPath } from '../state/state-dir.ts'
import type { ProgramOptions } from './program-options.ts'

export function addOperatorCommands(program: Command, options: ProgramOptions): void {
  addDoctor(program, options)
}

function addDoctor(program: Command, { terminal, config, end }: ProgramOptions): void {
  const { say } = terminal
  program
    .command('doctor')
    .description(say('look at everything and say what is wrong and what to do; changes nothing'))
    .option('--config <file>', say('configuration file (else that of the running gateway)'))
    .option('--offline', say('ask nothing outside this machine: no model, no backend'))
    .option('--json', say('for scripts'))
    .action((options) =>
      end(async () => {
        const { env, channels: plugins } = config
        const doctor = { ...options, stateDir: stateDirPath(), env, plugins }
        return (await import('./doctor-command.ts')).showDoctor(doctor, terminal)
      }),
    )
}
