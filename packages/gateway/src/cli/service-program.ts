/**
 * `gateway install` and `uninstall`.
 */

import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import type { ProgramOptions } from './program-options.ts'

export function serviceDeps({ env, channels: plugins }: ProgramOptions['config']) {
  return { env, plugins, platform: process.platform, exists: existsSync }
}

export function addService(gateway: Command, { terminal, config, end }: Omit<ProgramOptions, 'name'>): void {
  const { say } = terminal
  const deps = serviceDeps(config)
  const commands = () => import('./service-commands.ts')
  const system = ['--system', say('a service of the machine, which also starts without a login')] as const
  const user = ['--user <name>', say('with --system: as whom it runs')] as const
  gateway
    .command('install')
    .description(say('write a service that keeps the gateway running (systemd or launchd)'))
    .option('--config <file>', say('configuration file'))
    .option(...system)
    .option(...user)
    .option('--dry-run', say('print the file and write nothing'))
    .action((options) => end(async () => (await commands()).install(options, deps, terminal)))
  gateway
    .command('uninstall')
    .description(say('remove the service'))
    .option(...system)
    .option(...user)
    .option('--dry-run', say('print the path and remove nothing'))
    .action((options) => end(async () => (await commands()).uninstall(options, deps, terminal)))
}
