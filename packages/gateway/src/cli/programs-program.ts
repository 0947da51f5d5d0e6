/**
 * The commands for and of other programs: `push`, `tokens`, `mcp`.
 */

import { type Command, Option } from 'commander'
import { stateDirPath } from '../state/state-dir.ts'
import type { ProgramOptions } from './program-options.ts'

export function addPrograms(program: Command, options: ProgramOptions): void {
  const { say } = options.terminal
  addPush(program, options)
  addTokens(
    program.command('tokens').description(say('tokens with which other programs write to targets')),
    options,
  )
  addMcp(program, options)
}

function addPush(program: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  program
    .command('push <target> [text]')
    .description(say('send a message to a target of the configuration; it waits where it cannot be sent now'))
    .option('--markdown', say('the text is Markdown'))
    .option('--title <title>', say('a line above the text'))
    .option('--file <file>', say('file of this machine to send'))
    .option('--key <key>', say('send it once, however often it is pushed with this key within a day'))
    .option('--json', say('for scripts'))
    .addHelpText('after', `\n${say('Without a text it is read from standard input.')}`)
    .action((target, text, options) =>
      end(async () =>
        (await import('./push-command.ts')).pushMessage(
          stateDirPath(),
          target,
          { ...options, text },
          { ...terminal, input: process.stdin },
        ),
      ),
    )
}

function addTokens(tokens: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  const json = ['--json', say('for scripts')] as const
  const commands = () => import('./token-commands.ts')
  tokens
    .command('create')
    .description(say('make a token; it is shown once'))
    .option('--push', say('for the push API'))
    .option('--mcp', say('for the MCP server'))
    .addOption(
      new Option('--target <name>', say('reaches this target; may be repeated')).argParser(collected),
    )
    .option('--all-targets', say('reaches every target, also those that are added later'))
    .option('--note <text>', say('what it is used for'))
    .option(...json)
    .action((options) => end(async () => (await commands()).createToken(stateDirPath(), options, terminal)))
  tokens
    .command('list')
    .description(say('which tokens there are, and when each was used last'))
    .option(...json)
    .action((options) => end(async () => (await commands()).listTokens(stateDirPath(), options, terminal)))
  tokens
    .command('revoke <id>')
    .description(say('take a token back, at once'))
    .option(...json)
    .action((id, options) =>
      end(async () => (await commands()).revokeToken(stateDirPath(), id, options, terminal)),
    )
}

function addMcp(program: Command, { terminal, end }: ProgramOptions): void {
  const { say } = terminal
  program
    .command('mcp')
    .description(say('an MCP server on standard input and output, by which other agents write to targets'))
    .addOption(
      new Option('--target <name>', say('reaches this target; may be repeated')).argParser(collected),
    )
    .action((options) =>
      end(async () => (await import('./mcp-command.ts')).serveMcp(stateDirPath(), options)),
    )
}

const collected = (name: string, names: readonly string[] = []) => [...names, name]
