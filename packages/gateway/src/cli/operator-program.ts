/**
 * The commands that stand alone: for whoever sets a gateway up, and finds out what is wrong with one.
 */

import { Argument, type Command, Option } from 'commander'
import { logLevels } from '../log/levels.ts'
import { providerApis } from '../model/types.ts'
import { directPolicies, replyLanguages } from '../setup/answers.ts'
import { stateDirPath } from '../state/state-dir.ts'
import { completionScript, shells } from './completion.ts'
import { dayCount, lineCount } from './option-values.ts'
import type { ProgramOptions } from './program-options.ts'
import { serviceDeps } from './service-program.ts'

export function addOperatorCommands(program: Command, options: ProgramOptions): void {
  addSetup(program, options)
  addDoctor(program, options)
  addLogs(program, options)
  addUsage(program, options)
  addSupport(program, options)
  addAlerts(
    program.command('alerts').description(options.terminal.say('what the gateway tells you by itself')),
    options,
  )
  addCompletion(program, options)
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
        const install = async (path: string) =>
          (await import('./service-commands.ts')).install({ config: path }, serviceDeps(config), terminal)
        const deps = { env, plugins, isTerminal, run, install }
        return (await import('./setup-command.ts')).setUp(options, deps, terminal)
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

function addLogs(program: Command, { terminal, config, end }: ProgramOptions): void {
  const { say } = terminal
  const level = new Option('--level <level>', say('only lines of this level and worse ones'))
  program
    .command('logs')
    .description(say('show the log, whether the gateway runs or not'))
    .option('-f, --follow', say('go on with new lines until Ctrl-C'))
    .option('--account <id>', say('only of this account'))
    .addOption(level.choices(logLevels.filter((one) => one !== 'silent')))
    .option('-n, --lines <number>', say('how many of the newest lines'), lineCount(terminal), 100)
    .option('--config <file>', say('configuration file (else that of the running gateway)'))
    .option('--json', say('as they are in the file, for scripts'))
    .action((options) =>
      end(async () => {
        const { env, channels: plugins } = config
        const colours = process.stdout.isTTY === true && !env.NO_COLOR
        const logs = { ...options, stateDir: stateDirPath(), env, plugins, colours }
        return (await import('./logs-command.ts')).showLogs(logs, terminal)
      }),
    )
}

function addUsage(program: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  program
    .command('usage')
    .description(say('turns, tokens and costs of each day, of the last 90 days'))
    .option('--account <id>', say('only of this account'))
    .option('-n, --days <number>', say('how many of the newest days with turns'), dayCount(terminal))
    .option('--json', say('for scripts'))
    .action((options) =>
      end(async () => (await import('./usage-command.ts')).showUsage(stateDirPath(), options, terminal)),
    )
}

function addSupport(program: Command, { terminal, config, end }: ProgramOptions): void {
  const { say } = terminal
  program
    .command('support-bundle <file>')
    .description(say('collect what others need to help, without keys and texts, in one archive (.tar.gz)'))
    .option('--config <file>', say('configuration file (else that of the running gateway)'))
    .option('--with-texts', say('also the beginnings of messages that are not sent'))
    .option('--online', say('let doctor ask the model and the backends, too'))
    .action((file, { online, ...options }) =>
      end(async () => {
        const { env, channels: plugins } = config
        const bundle = { ...options, stateDir: stateDirPath(), env, plugins, offline: !online }
        return (await import('./support-command.ts')).makeBundle(file, bundle, terminal)
      }),
    )
}

function addAlerts(alerts: Command, { terminal, config, end }: ProgramOptions): void {
  const { say } = terminal
  alerts
    .command('test')
    .description(
      say('send a test each way of alerts.to, and say what became of it; exit code 1 if one failed'),
    )
    .option('--config <file>', say('configuration file'))
    .option('--json', say('for scripts'))
    .action((options) =>
      end(async () => {
        const { env, channels: plugins } = config
        return (await import('./alerts-command.ts')).testAlerts(
          { ...options, stateDir: stateDirPath(), env, plugins },
          terminal,
        )
      }),
    )
}

function addCompletion(program: Command, { terminal, end }: ProgramOptions): void {
  const { say, write } = terminal
  program
    .command('completion')
    .addArgument(new Argument('<shell>').choices(shells))
    .description(
      say('print a script that completes commands and options; its first line says where to put it'),
    )
    .action((shell) =>
      end(async () => {
        write(completionScript(program, shell))
        return undefined
      }),
    )
}
