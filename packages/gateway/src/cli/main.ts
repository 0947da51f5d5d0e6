/**
 * The command line of `moltbot`. Each command imports what it needs when it runs, so that small ones are quick.
 */

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { logLevels } from '../log/levels.ts'
import { stateDirPath } from '../state/state-dir.ts'
import { version } from '../version.ts'
import { type ConfigCommandDeps, configCommands } from './config-commands.ts'
import { endWell, exitCodes } from './failure.ts'
import { stdout } from './show.ts'

function addGateway(gateway: Command): void {
  gateway
    .command('run')
    .description('run in the foreground; SIGHUP reloads the configuration, SIGUSR1 restarts')
    .option('--config <file>', 'the configuration (else MOLTBOT_CONFIG_PATH, ~/.moltbot/config.json5)')
    .option('--port <number>', 'port of the control plane; 0 takes a free one', portNumber)
    .option('--sandbox', 'with a simulated WeChat and a model that echoes; needs no configuration')
    .addOption(new Option('--log-format <format>').choices(['human', 'json']).default('human'))
    .addOption(new Option('--log-level <level>', 'instead of the configured one').choices(logLevels))
    .action(({ sandbox, ...options }) =>
      endWell(async () => {
        if (!sandbox) return (await import('./run.ts')).runGateway(options)
        return (await import('../sandbox/run-sandbox.ts')).runSandbox(options)
      }),
    )
  gateway
    .command('status')
    .description('exit code 0 only when it runs and is healthy')
    .option('--json', 'everything, for scripts')
    .action((options) => endWell(async () => (await gatewayCommands()).showStatus(stateDirPath(), options)))
  gateway
    .command('stop')
    .description('drain and end the running gateway')
    .action(() => endWell(async () => (await gatewayCommands()).stopGateway(stateDirPath())))
  gateway
    .command('restart')
    .description('restart the running gateway in its process, with the configuration as it is now')
    .action(() => endWell(async () => (await gatewayCommands()).restartGateway(stateDirPath())))
}

function addPairing(pairing: Command): void {
  const account = ['--account <id>', 'only of this account'] as const
  const json = ['--json', 'for scripts'] as const
  const notify = ['--notify', 'tell the person'] as const
  pairing
    .command('list')
    .description('who waits for a decision and who is approved')
    .option(...account)
    .option(...json)
    .action((options) => endWell(async () => (await pairingCommands()).listPairing(stateDirPath(), options)))
  pairing
    .command('approve <code>')
    .description('let the person with this code in')
    .option(...account)
    .option(...notify)
    .option(...json)
    .action((code, options) =>
      endWell(async () => (await pairingCommands()).approvePairing(stateDirPath(), code, options)),
    )
  pairing
    .command('reject <code>')
    .description('forget a request; the person may ask again')
    .option(...account)
    .option(...json)
    .action((code, options) =>
      endWell(async () => (await pairingCommands()).rejectPairing(stateDirPath(), code, options)),
    )
  pairing
    .command('revoke <id>')
    .description('take an approval back')
    .option(...account)
    .option(...json)
    .action((id, options) =>
      endWell(async () => (await pairingCommands()).revokePairing(stateDirPath(), id, options)),
    )
}

function addChannels(channels: Command): void {
  const account = ['--account <id>', 'else the default account'] as const
  const json = ['--json', 'for scripts'] as const
  channels
    .command('list')
    .description('the configured accounts')
    .option(...json)
    .action((options) =>
      endWell(async () => (await channelCommands()).listChannels(stateDirPath(), options, stdout)),
    )
  channels
    .command('status')
    .description('how each account is and what to do; exit code 1 when one needs a person')
    .option('--probe', 'ask each for a sign of life')
    .option(...json)
    .action((options) =>
      endWell(async () => (await channelCommands()).showChannels(stateDirPath(), options, stdout)),
    )
  channels
    .command('login')
    .description('show the QR code of an account and wait until it is logged in')
    .option(...account)
    .option('--timeout <seconds>', 'how long to wait for the person', seconds, 480)
    .action((options) =>
      endWell(async () => (await import('./login-command.ts')).logIn(stateDirPath(), options, terminal())),
    )
  channels
    .command('logout')
    .description("end an account's login at the backend")
    .option(...account)
    .option(...json)
    .action((options) =>
      endWell(async () => (await channelCommands()).logOut(stateDirPath(), options, stdout)),
    )
  addMessages(channels)
}

function addMessages(channels: Command): void {
  const account = ['--account <id>', 'else the default account'] as const
  const json = ['--json', 'for scripts'] as const
  channels
    .command('send')
    .description('send a text, a file, or both; says "sent", "queued" and why, or why not')
    .requiredOption('--to <id>', 'a person or a group')
    .option('--text <text>', 'as it is; goes before the file')
    .option('--media <file>', 'of this machine')
    .option(...account)
    .option(...json)
    .action((options) =>
      endWell(async () => (await import('./send-command.ts')).sendMessage(stateDirPath(), options, stdout)),
    )
  channels
    .command('explain')
    .description('what would be done with a message, and why')
    .option(...account)
    .option('--dm <id>', 'a direct message of this person')
    .option('--group <id>', 'a message in this group,')
    .option('--sender <id>', 'of this person')
    .option('--mention', 'that mentions the bot')
    .option('--text <text>', 'and says this', '')
    .option(...json)
    .action((options) =>
      endWell(async () => (await import('./explain-command.ts')).explain(stateDirPath(), options, stdout)),
    )
}

function addPuppets(puppets: Command): void {
  puppets
    .command('list')
    .description('what each known puppet can do, its risk, and whether it is installed')
    .option('--config <file>', 'the configuration beside which puppets are installed')
    .option('--json', 'for scripts')
    .action(({ config: path, ...options }) =>
      endWell(async () => {
        const { configFolder, listPuppets } = await import('./puppet-commands.ts')
        const fromDir = configFolder({ env: process.env, ...(path && { path }) })
        return listPuppets(await configDeps.channels(), fromDir, options, stdout)
      }),
    )
}

function addSandbox(sandbox: Command): void {
  sandbox
    .command('say <text>')
    .description('write to the bot of the sandbox as the simulated person, and print its answer')
    .option('--timeout <seconds>', 'how long to wait for the answer', seconds, 10)
    .action((text, options) =>
      endWell(async () => (await import('../sandbox/say.ts')).sayInSandbox(stateDirPath(), text, options)),
    )
}

const gatewayCommands = () => import('./gateway-commands.ts')
const pairingCommands = () => import('./pairing-commands.ts')
const channelCommands = () => import('./channel-commands.ts')

const configDeps: ConfigCommandDeps = {
  env: process.env,
  channels: async () => (await import('../extensions/discover.ts')).loadInstalledPlugins(),
  stdout: (text) => process.stdout.write(`${text}\n`),
  stderr: (text) => process.stderr.write(`${text}\n`),
  setExitCode: (code) => {
    process.exitCode = code
  },
}

const terminal = () => ({
  write: (text: string) => {
    process.stdout.write(`${text}\n`)
  },
  ask: async (question: string, signal: AbortSignal) => {
    const { createInterface } = await import('node:readline/promises')
    const lines = createInterface({ input: process.stdin, output: process.stdout })
    try {
      return await lines.question(question, { signal })
    } finally {
      lines.close()
    }
  },
})

function portNumber(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('a port is a number from 0 to 65535')
}

function seconds(text: string): number {
  const value = Number(text)
  if (value > 0 && value <= 3_600) return value
  throw new InvalidArgumentError('a number of seconds, at most 3600')
}

function buildProgram(): Command {
  const program = new Command('moltbot')
    .description('A small gateway that puts AI agents into WeChat')
    .version(version)
    .exitOverride()
  addGateway(program.command('gateway').description('the gateway itself'))
  configCommands(configDeps, program.command('config'))
  addPairing(program.command('pairing').description('who may talk to the bot in direct chats'))
  addChannels(program.command('channels').description('the accounts at the messaging services'))
  addPuppets(program.command('puppets').description('the backends that an account can use'))
  addSandbox(program.command('sandbox').description('a gateway with a simulated WeChat, to try things out'))
  return program
}

process.stdout.on('error', () => process.exit()) // Its reader has ended.

try {
  await buildProgram().parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? exitCodes.fine : exitCodes.usage
}
