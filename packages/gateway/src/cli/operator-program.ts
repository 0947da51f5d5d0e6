/**
 * The commands that stand alone: for whoever sets a gateway up, and finds out what is wrong with one.
 */

import { type Command, Option } from 'commander'
import { providerApis } from '../model/types.ts'
import { directPolicies, replyLanguages } from '../setup/answers.ts'
import { stateDirPath } from '../state/state-dir.ts'
import type { ProgramOptions } from './program-options.ts'

export function addOperatorCommands(program: Command, options: ProgramOptions): void {
  addSetup(program, options)
  addDoctor(program, options)
}

function addSetup(program: Command, { terminal, config, end }: ProgramOptions): void {
  const { say } = terminal
  const choice = (flags: string, description: string, choices: readonly string[]) =>
    new Option(flags, description).choices(choices)
  program
    .command('setup')
    .description(say('ask what is needed and write a configuration; with flags, without questions'))
    .option('--config <file>', say('file to write (else ~/.moltbot/config.json5)'))
    .option('--backend <name>', say('how WeChat is reached, such as ilink; see: moltbot puppets list'))
    .option('--endpoint <url>', say('address of a hosted puppet, where its token does not tell it'))
    .option('--account <name>', say('name of an account; may be repeated'), repeated)
    .option('--provider <name>', say('a provider by name, "echo", or "none"'))
    .option('--base-url <url>', say("address of the provider's API"))
    .addOption(choice('--api <name>', say("protocol of the provider's API"), providerApis))
    .option('--model <model>', say('name of the model, as the provider writes it'))
    .option('--key-file <file>', say('file with the key; "-" reads it from the input'))
    .option('--no-check', say('do not try key and model'))
    .addOption(choice('--dm-policy <name>', say('who may write in direct chats'), directPolicies))
    .option('--allow-from <id>', say('id of somebody who may write; may be repeated'), repeated)
    .addOption(choice('--groups <name>', say('whether the bot answers in groups'), ['open', 'disabled']))
    .addOption(choice('--reply-language <language>', say('language of short notices'), replyLanguages))
    .option('-y, --yes', say('ask nothing that has a default'))
    .option('--force', say('move an earlier configuration aside without asking'))
    .action((options) =>
      end(async () => {
        const { env, channels: plugins } = config
        const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true
        const run = async (path: string) => {
          const { runGateway } = await import('./run.ts')
          return runGateway({ config: path, logFormat: 'human', speech: terminal })
        }
        return (await import('./setup-command.ts')).setUp(
          options,
          { env, plugins, isTerminal, run },
          terminal,
        )
      }),
    )
}

const repeated = (value: string, before: readonly string[] = []) => [...before, value]

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
