/**
 * The commands about what the gateway has stored.
 */

import type { Command } from 'commander'
import { stateDirPath } from '../state/state-dir.ts'
import type { ProgramOptions } from './program-options.ts'

export function addState(state: Command, options: ProgramOptions): void {
  const { terminal, config, end } = options
  const { say } = terminal
  const commands = () => import('./state-commands.ts')
  const place = () => ({ stateDir: stateDirPath(), env: config.env })
  state
    .command('backup <file>')
    .description(say('save logins, messages and sessions to one file; the gateway may run'))
    .action((file) => end(async () => (await commands()).saveState(place(), file, terminal)))
  state
    .command('restore <file>')
    .description(say('replace what is stored by a backup; stop the gateway first'))
    .action((file) => end(async () => (await commands()).bringStateBack(place(), file, terminal)))
  state
    .command('check')
    .description(say('read every database and say what is damaged; exit code 1 if anything is'))
    .option('--json', say('for scripts'))
    .action((flags) => end(async () => (await commands()).showStateCheck(place(), flags, terminal)))
  addMigrate(state, options)
}

function addMigrate(state: Command, { terminal, config, end }: ProgramOptions): void {
  const { say } = terminal
  state
    .command('migrate')
    .description(say('move everything that is stored into PostgreSQL, or back into files'))
    .option('--to <place>', say('"postgres", a URL that begins with "postgres://", or "sqlite"'))
    .option(
      '--url-file <file>',
      say('file with the URL of the database (else MOLTBOT_STATE_URL, else state.url)'),
    )
    .option(
      '--config <file>',
      say('configuration file (else MOLTBOT_CONFIG_PATH, else ~/.moltbot/config.json5)'),
    )
    .option('--undo', say('use the older copy again that the last move has left; what came since is lost'))
    .option('--force', say('with --undo: the database is lost, so go on with the files whatever is there'))
    .option('--json', say('for scripts'))
    // Its message would show a URL that was written without --to.
    .allowExcessArguments(true)
    .action((flags, { args }) =>
      end(async () => {
        const world = { stateDir: stateDirPath(), env: config.env, plugins: config.channels }
        return (await import('./migrate-command.ts')).migrateState(world, { ...flags, args }, terminal)
      }),
    )
}
