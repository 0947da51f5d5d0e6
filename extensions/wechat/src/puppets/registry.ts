/**
 * From an account to a puppet: the one place that decides who makes it and where it runs. Puppets and Wechaty are
 * loaded when the first account needs them.
 */

import { join } from 'node:path'
import { MoltbotError } from '@moltbot/channel-sdk'
import type { Puppet } from 'wechaty-puppet'
import { z } from 'zod'
import type { ResolvedAccount } from '../config/resolve.ts'
import { knownCapabilities, type StatedCapabilities, stateCapabilities } from './capabilities.ts'
import { discoverEndpoint } from './discovery.ts'
import { requirePackage } from './installed.ts'
import { serviceOptions } from './service-options.ts'

export interface PuppetPlace {
  /** The account's own folder; the puppet keeps its credentials there. */
  readonly stateDir: string
  /** The folder of the user's configuration, where installed puppets are looked for. */
  readonly configDir?: string | undefined
  /** Ends what is still on its way. */
  readonly signal: AbortSignal
}

type PuppetConstructor = new (options: Record<string, unknown>) => Puppet
type MakePuppet = (account: ResolvedAccount, place: PuppetPlace) => Promise<Puppet>

/** In the gateway's own process; every other puppet is foreign. */
const makers: ReadonlyMap<string, MakePuppet> = new Map([
  ['wechaty-puppet-ilink', makeILink],
  ['wechaty-puppet-service', makeService],
])

/**
 * A new instance for one attempt of one account.
 * @throws `puppet-options-invalid`, `puppet-missing`, `puppet-not-served`, and what `discoverEndpoint` throws
 */
export async function createPuppet(account: ResolvedAccount, place: PuppetPlace): Promise<Puppet> {
  const { capabilities, ...puppetOptions } = account.puppetOptions
  const stated = { ...knownCapabilities(account.puppet), ...statedByUser(account.id, capabilities) }
  await silenceWechaty()
  const make = makers.get(account.puppet) ?? makeForeign
  const puppet = await make({ ...account, puppetOptions }, place)
  stateCapabilities(puppet, stated)
  return puppet
}

/** What a user may say of a puppet that cannot say it itself. */
const statedSchema = z.strictObject({ idStability: z.enum(['stable', 'session']).exactOptional() })

function statedByUser(accountId: string, capabilities: unknown = {}): StatedCapabilities {
  const { data } = statedSchema.safeParse(capabilities)
  if (data !== undefined) return data
  const message = `account "${accountId}": puppetOptions.capabilities may hold idStability, "stable" or "session", and nothing else`
  throw new MoltbotError('puppet-options-invalid', message)
}

async function makeILink({ puppetOptions, botAgent }: ResolvedAccount, place: PuppetPlace): Promise<Puppet> {
  const { PuppetILink }: { PuppetILink: PuppetConstructor } = await import('wechaty-puppet-ilink')
  return new PuppetILink({
    ...puppetOptions,
    ...(botAgent !== undefined && { botAgent }),
    stateDir: join(place.stateDir, 'ilink'),
    acknowledge: 'manual',
  })
}

async function makeService({ id, puppetOptions }: ResolvedAccount, { signal }: PuppetPlace): Promise<Puppet> {
  const { tls, ...options } = serviceOptions(id, puppetOptions)
  const endpoint = options.endpoint ?? (await discoverEndpoint({ ...options, signal }))
  const { HostedPuppet }: { HostedPuppet: PuppetConstructor } = await import('./hosted-puppet.ts')
  // Left out, a variable of the environment would decide for every account whether TLS is used.
  return new HostedPuppet({ ...options, endpoint, tls: { ...tls, disable: tls?.disable ?? false } })
}

/** Foreign code does not run in this process. */
async function makeForeign({ puppet }: ResolvedAccount, { configDir }: PuppetPlace): Promise<Puppet> {
  requirePackage(puppet, configDir)
  const served = [...makers.keys()].join('" and "')
  throw new MoltbotError(
    'puppet-not-served',
    `puppet "${puppet}" is not served by this version yet; "${served}" are`,
  )
}

/** Wechaty and its puppets print to stdout, which belongs to the host's log, and what they print may hold tokens. */
async function silenceWechaty(): Promise<void> {
  const { log } = await import('wechaty-puppet')
  log.level('silent')
}
