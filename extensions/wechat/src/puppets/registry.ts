/**
 * From a puppet's npm name to an instance. Puppets and Wechaty are loaded when the first account needs them.
 */

import { join } from 'node:path'
import { MoltbotError } from '@moltbot/channel-sdk'
import type { Puppet } from 'wechaty-puppet'
import type { ResolvedAccount } from '../config/resolve.ts'

type PuppetConstructor = new (options: Record<string, unknown>) => Puppet
type MakePuppet = (account: ResolvedAccount, stateDir: string) => Promise<Puppet>

const makers: ReadonlyMap<string, MakePuppet> = new Map([
  ['wechaty-puppet-ilink', makeILink],
  ['wechaty-puppet-service', makeService],
])

/**
 * A new instance for one attempt of one account.
 * @param stateDir the account's own folder; the puppet keeps its credentials there
 * @throws `puppet-not-served`, `puppet-options-invalid`
 */
export async function createPuppet(account: ResolvedAccount, stateDir: string): Promise<Puppet> {
  const make = makers.get(account.puppet)
  if (make === undefined) {
    const served = [...makers.keys()].join('" and "')
    throw new MoltbotError(
      'puppet-not-served',
      `puppet "${account.puppet}" is not served by this version yet; "${served}" are`,
    )
  }
  await silenceWechaty()
  return make(account, stateDir)
}

async function makeILink({ puppetOptions, botAgent }: ResolvedAccount, stateDir: string): Promise<Puppet> {
  const { PuppetILink }: { PuppetILink: PuppetConstructor } = await import('wechaty-puppet-ilink')
  return new PuppetILink({
    ...puppetOptions,
    ...(botAgent !== undefined && { botAgent }),
    stateDir: join(stateDir, 'ilink'),
    acknowledge: 'manual',
  })
}

/** Without an endpoint the library's own discovery would run, which ends the process with current grpc-js. */
async function makeService({ id, puppetOptions }: ResolvedAccount): Promise<Puppet> {
  for (const name of ['token', 'endpoint']) {
    if (typeof puppetOptions[name] === 'string' && puppetOptions[name] !== '') continue
    throw new MoltbotError('puppet-options-invalid', `account "${id}": puppetOptions.${name} is missing`)
  }
  const { PuppetService }: { PuppetService: PuppetConstructor } = await import('wechaty-puppet-service')
  return new PuppetService({ ...puppetOptions })
}

/** Wechaty and its puppets print to stdout, which belongs to the host's log, and what they print may hold tokens. */
async function silenceWechaty(): Promise<void> {
  const { log } = await import('wechaty-puppet')
  log.level('silent')
}
