/**
 * Every command of `moltbot` with its options and help, in the language of its reader. Each command imports what it needs
 * when it runs, so that small ones are quick.
 */

import { Command, InvalidArgumentError, Option } from 'commander'
import { languages, parseLanguage } from '../language/choose.ts'
import { logLevels } from '../log/levels.ts'
import { stateDirPath } from '../state/state-dir.ts'
import { version } from '../version.ts'
import { addChannels, addOutbox, addPairing, addWebhooks } from './channel-program.ts'
import { configCommands } from './config-commands.ts'
import { addDashboard } from './dashboard-program.ts'
import { helpIn } from './help.ts'
import { addOperatorCommands } from './operator-program.ts'
import { portNumber, seconds } from './option-values.ts'
import type { ProgramOptions } from './program-options.ts'
import { addPrograms } from './programs-program.ts'
import { addSchedules } from './schedule-program.ts'
import { addService } from './service-program.ts'
import { addState } from './state-program.ts'

/** @throws CommanderError, from `parseAsync`, where commander would end the process */
export function buildProgram(options: ProgramOptions): Command {
  const { name, terminal, config } = options
  const { say } = terminal
  const program = helpIn(terminal, new Command(name))
    .description(say('A small gateway that puts AI agents into WeChat'))
    .version(version, '-V, --version', say('show the version'))
    .addOption(languageOption(options))
    .exitOverride()
  addGateway(program.command('gateway').description(say('the gateway itself')), options)
  addDashboard(program, options)
  configCommands(config, program.command('config'))
  addPairing(program.command('pairing').description(say('who may talk to the bot in direct chats')), options)
  addChannels(program.command('channels').description(say('the accounts at the messaging services')), options)
  addPuppets(program.command('puppets').description(say('the backends that an account can use')), options)
  addOutbox(program.command('outbox').description(say('messages that are not sent')), options)
  addSchedules(program.command('schedules').description(say('what is sent by itself, and when')), options)
  addPrograms(program, options)
  addWebhooks(
    program.command('webhooks').description(say('events that are not delivered to your programs')),
    options,
  )
  addState(program.command('state').description(say('what the gateway has stored')), options)
  addImport(
    program.command('import').description(say('take over what OpenClaw has on this machine')),
    options,
  )
  addOperatorCommands(program, options)
  const sandbox = program.command('sandbox')
  addSandbox(sandbox.description(say('a gateway with a simulated WeChat, to try things out')), options)
  return program
}

function languageOption({ terminal: { say } }: ProgramOptions): Option {
  const description = say('language of the command line: {languages} (else LC_ALL, LC_MESSAGES, LANG)', {
    languages: languages.join(', '),
  })
  return new Option('--lang <language>', description).argParser((text) => {
    if (parseLanguage(text) !== undefined) return text
    throw new InvalidArgumentError(say('The languages are {languages}.', { languages: languages.join(', ') }))
  })
}

function addGateway(gateway: Command, { terminal, config, end }: Omit<ProgramOptions, 'name'>): void {
  const { say } = terminal
  const places = say('configuration file (else MOLTBOT_CONFIG_PATH, else ~/.moltbot/config.json5)')
  const levelOption = new Option('--log-level <level>', say('log level, instead of the configured one'))
  const formatOption = new Option('--log-format <format>', say('for people or for programs'))
  gateway
    .command('run')
    .description(say('run in the foreground; SIGHUP reloads the configuration, SIGUSR1 restarts'))
    .option('--config <file>', places)
    .option('--port <number>', say('port of the control plane; 0 takes a free one'), portNumber(terminal))
    .option('--sandbox', say('with a simulated WeChat and a model that echoes; needs no configuration'))
    .addOption(formatOption.choices(['human', 'json']).default('human'))
    .addOption(levelOption.choices(logLevels))
    .action(({ sandbox, ...options }) =>
      end(async () => {
        const run = { ...options, speech: terminal }
        if (!sandbox) return (await import('./run.ts')).runGateway(run)
        const { loadSandbox } = await import('../sandbox/load-sandbox.ts')
        return (await loadSandbox()).runSandbox(run, terminal)
      }),
    )
  gateway
    .command('status')
    .description(say('show how the gateway is; exit code 0 only if it runs and is healthy'))
    .option('--json', say('everything, for scripts'))
    .action((options) =>
      end(async () => (await gatewayCommands()).showStatus(stateDirPath(), options, terminal)),
    )
  gateway
    .command('stop')
    .description(say('finish what is under way and end the running gateway'))
    .action(() => end(async () => (await gatewayCommands()).stopGateway(stateDirPath(), terminal)))
  gateway
    .command('restart')
    .description(say('restart the running gateway in its process, with the current configuration'))
    .action(() => end(async () => (await gatewayCommands()).restartGateway(stateDirPath(), terminal)))
  gateway
    .command('drain')
    .description(say('hand the accounts over to the other gateways, before maintenance'))
    .action(() => end(async () => (await gatewayCommands()).drainGateway(stateDirPath(), terminal)))
  gateway
    .command('undrain')
    .description(say('serve accounts again'))
    .action(() => end(async () => (await gatewayCommands()).undrainGateway(stateDirPath(), terminal)))
  addService(gateway, { terminal, config, end })
}

function addPuppets(puppets: Command, { terminal, config, end }: ProgramOptions): void {
  const { say } = terminal
  puppets
    .command('list')
    .description(say('what each known puppet can do, its risk, and whether it is installed'))
    .option('--config <file>', say('configuration file; puppets are installed in its folder'))
    .option('--json', say('for scripts'))
    .action(({ config: path, ...options }) =>
      end(async () => {
        const { configFolder, listPuppets } = await import('./puppet-commands.ts')
        const fromDir = configFolder({ env: config.env, ...(path && { path }) })
        return listPuppets(await config.channels(), fromDir, options, terminal)
      }),
    )
}

function addImport(imports: Command, { terminal, config, end }: ProgramOptions): void {
  const { say } = terminal
  const sources = {
    openclaw: [
      'openclaw [path]',
      say('settings and all WeChat accounts; path of its configuration or state directory'),
    ],
    tencent: [
      'tencent [path]',
      say("the accounts of Tencent's WeChat plugin; path of OpenClaw's state directory"),
    ],
  } as const
  for (const source of ['openclaw', 'tencent'] as const) {
    const [usage, description] = sources[source]
    imports
      .command(usage)
      .description(description)
      .option('--dry-run', say('say what would be done, and change nothing'))
      .option('--config <file>', say('write the configuration to this new file, instead of printing it'))
      .option('--json', say('for scripts'))
      .action((path, options) =>
        end(async () => {
          const { importFrom } = await import('./import-command.ts')
          const order = { of: source, path, stateDir: stateDirPath(), env: config.env }
          return importFrom(order, await config.channels(), options, terminal)
        }),
      )
  }
}

function addSandbox(sandbox: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  sandbox
    .command('say <text>')
    .description(say('write to the bot of the sandbox as the simulated person, and print its answer'))
    .option('--timeout <seconds>', say('how long to wait for the answer'), seconds(terminal), 10)
    .action((text, options) =>
      end(async () =>
        (await import('../sandbox/say.ts')).sayInSandbox(stateDirPath(), text, options, terminal),
      ),
    )
}

const gatewayCommands = () => import('./gateway-commands.ts')
