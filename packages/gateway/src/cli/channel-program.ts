/**
 * The commands `pairing`, `channels`, `outbox` and `webhooks`, which ask the running gateway.
 */

import { outboxStates } from '@moltbot/channel-sdk'
import { type Command, Option } from 'commander'
import { stateDirPath } from '../state/state-dir.ts'
import { seconds } from './option-values.ts'
import type { ProgramOptions } from './program-options.ts'

export function addPairing(pairing: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  const account = ['--account <id>', say('only of this account')] as const
  const json = ['--json', say('for scripts')] as const
  const commands = () => import('./pairing-commands.ts')
  pairing
    .command('list [channel]')
    .description(say('who waits for a decision and who is approved'))
    .option(...account)
    .option(...json)
    .action((channel, options) =>
      end(async () => (await commands()).listPairing(stateDirPath(), { ...options, channel }, terminal)),
    )
  pairing
    .command('approve <code...>')
    .usage('[options] [channel] <code>')
    .description(say('let the person with this code in'))
    .option(...account)
    .option('--notify', say('tell the person'))
    .option(...json)
    .action((words, options) =>
      end(async () => (await commands()).approvePairing(stateDirPath(), words, options, terminal)),
    )
  pairing
    .command('reject <code...>')
    .usage('[options] [channel] <code>')
    .description(say('delete a request; the person may ask again'))
    .option(...account)
    .option(...json)
    .action((words, options) =>
      end(async () => (await commands()).rejectPairing(stateDirPath(), words, options, terminal)),
    )
  pairing
    .command('revoke <id...>')
    .usage('[options] [channel] <id>')
    .description(say('take an approval back'))
    .option(...account)
    .option(...json)
    .action((words, options) =>
      end(async () => (await commands()).revokePairing(stateDirPath(), words, options, terminal)),
    )
}

export function addOutbox(outbox: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  const account = ['--account <id>', say('only of this account')] as const
  const json = ['--json', say('for scripts')] as const
  const commands = () => import('./outbox-commands.ts')
  outbox
    .command('list')
    .description(say('messages that wait to be sent'))
    .option('--failed', say('messages that were given up, instead'))
    .addOption(
      new Option('--state <state>', say('only messages in this state')).choices([
        ...outboxStates.waiting,
        ...outboxStates.failed,
      ]),
    )
    .option(...account)
    .option(...json)
    .action((options) => end(async () => (await commands()).listOutbox(stateDirPath(), options, terminal)))
  for (const action of ['retry', 'drop'] as const) {
    outbox
      .command(`${action} <ids...>`)
      .description(
        action === 'retry' ? say('send messages once more') : say('never send messages, and forget failures'),
      )
      .option(...account)
      .option(...json)
      .action((ids, options) =>
        end(async () => (await commands()).changeOutbox(stateDirPath(), action, ids, options, terminal)),
      )
  }
}

export function addWebhooks(webhooks: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  const account = ['--account <id>', say('only of this account')] as const
  const json = ['--json', say('for scripts')] as const
  const commands = () => import('./webhook-commands.ts')
  webhooks
    .command('list')
    .description(say('events that wait to be delivered'))
    .option('--dead', say('events that were given up, instead'))
    .option(...account)
    .option(...json)
    .action((options) => end(async () => (await commands()).listWebhooks(stateDirPath(), options, terminal)))
  for (const action of ['retry', 'drop'] as const) {
    webhooks
      .command(`${action} <ids...>`)
      .description(
        action === 'retry' ? say('deliver events that were given up once more') : say('delete events'),
      )
      .option(...account)
      .option(...json)
      .action((ids, options) =>
        end(async () => (await commands()).changeWebhooks(stateDirPath(), action, ids, options, terminal)),
      )
  }
}

export function addChannels(channels: Command, options: ProgramOptions): void {
  addAccounts(channels, options)
  addLogins(channels, options)
  addMessages(channels, options)
}

const channelCommands = () => import('./channel-commands.ts')

function addAccounts(channels: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  channels
    .command('list')
    .description(say('the configured accounts'))
    .option('--json', say('for scripts'))
    .action((options) =>
      end(async () => (await channelCommands()).listChannels(stateDirPath(), options, terminal)),
    )
  channels
    .command('status')
    .description(say('how each account is and what to do; exit code 1 if one needs a person'))
    .option('--probe', say('check that each account responds'))
    .option('--json', say('for scripts'))
    .action((options) =>
      end(async () => (await channelCommands()).showChannels(stateDirPath(), options, terminal)),
    )
}

function addLogins(channels: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  const account = ['--account <id>', say('else the default account')] as const
  const channel = ['--channel <name>', say('only an account of this channel')] as const
  channels
    .command('login')
    .description(say('show the QR code of an account and wait until it is logged in'))
    .option(...account)
    .option(...channel)
    .option('--timeout <seconds>', say('how long to wait for the person'), seconds(terminal), 480)
    .action((options) =>
      end(async () => (await import('./login-command.ts')).logIn(stateDirPath(), options, terminal)),
    )
  channels
    .command('logout')
    .description(say('end the login of an account at the backend'))
    .option(...account)
    .option(...channel)
    .option('--json', say('for scripts'))
    .action((options) => end(async () => (await channelCommands()).logOut(stateDirPath(), options, terminal)))
}

function addMessages(channels: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  const account = ['--account <id>', say('else the default account')] as const
  const json = ['--json', say('for scripts')] as const
  channels
    .command('send')
    .description(say('send a text, a file, or both; says "sent", "queued" and why, or why not'))
    .requiredOption('--to <id>', say('id of a person or a group'))
    .option('--text <text>', say('text to send, sent before the file'))
    .option('--media <file>', say('file of this machine to send'))
    .option('--queue', say('keep it until it can be sent, if it cannot be sent now'))
    .option(...account)
    .option(...json)
    .action((options) =>
      end(async () => (await import('./send-command.ts')).sendMessage(stateDirPath(), options, terminal)),
    )
  channels
    .command('explain')
    .description(say('what would be done with a message, and why'))
    .option(...account)
    .option('--dm <id>', say('a direct message from this person'))
    .option('--group <id>', say('a message in this group'))
    .option('--sender <id>', say('who wrote it in the group'))
    .option('--mention', say('the message mentions the bot'))
    .option('--text <text>', say('text of the message'), '')
    .option('--message <id>', say('what was done with this message, which came; the log has its id'))
    .option(...json)
    .action((options) =>
      end(async () => (await import('./explain-command.ts')).explain(stateDirPath(), options, terminal)),
    )
}
