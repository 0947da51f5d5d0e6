/**
 * From an account to a puppet: the one place that decides which code makes it and where it runs. Puppets and Wechaty are
 * loaded when the first account needs them.
 */

import { join } from 'node:path'
import { type DiskBudget, type Logger, MoltbotError } from '@moltbot/channel-sdk'
import type { Puppet } from 'wechaty-puppet'
import { z } from 'zod'
import { knownPuppet } from '../config/catalogue.ts'
import type { ResolvedAccount } from '../config/resolve.ts'
import { idStabilities } from '../model/ids.ts'
import type { PuppetState } from '../model/puppet-state.ts'
import { knownCapabilities, type StatedCapabilities, stateCapabilities } from './capabilities.ts'
import { withChromium } from './chromium.ts'
import { discoverEndpoint } from './discovery.ts'
import { loadModulesLate } from './late-modules.ts'
import { requirePackage } from './packages.ts'
import { serviceOptions } from './service-options.ts'

loadModulesLate()

export interface PuppetPlace {
  /** The account's own folder, for files of the puppet. */
  readonly stateDir: string
  /** The account's place in the channel's store, for a puppet that keeps its credentials and messages there. */
  readonly state: PuppetState
  /** Room for files that the puppet stores. */
  readonly disk: DiskBudget
  /** See `AccountHolds`. */
  readonly mayAct?: () => boolean
  /** Hears of messages that the puppet has received and can store no more, as plain data for `receiveAgain`. */
  readonly onUnstored?: (unstored: unknown) => void
  /** The folder of the user's configuration, where installed puppets are looked for. */
  readonly configDir?: string | undefined
  /** See `ChannelHost`. */
  readonly backendProxy?: URL | undefined
  /** Names the account. */
  readonly log: Logger
  /** Ends what has not been made yet. */
  readonly signal: AbortSignal
}

/** A puppet, and the process that hosts it where that is not this one. */
export interface PuppetInstance {
  readonly puppet: Puppet
  /** Resolves with the reason when the process has ended, or its events are too many. */
  readonly died?: Promise<MoltbotError>
  /** Ends by force what still runs of it, after the puppet was stopped or failed to stop. Never rejects. */
  dispose?(): Promise<void>
}

type MakePuppet = (account: ResolvedAccount, place: PuppetPlace) => Promise<PuppetInstance>

/** In the gateway's own process; every other puppet is foreign. */
const makers: ReadonlyMap<string, MakePuppet> = new Map([
  ['wechaty-puppet-ilink', makeILink],
  ['wechaty-puppet-service', makeService],
])

/**
 * A new instance for one attempt of one account.
 * @throws `puppet-options-invalid`, `puppet-missing`, `chromium-missing`, and what `discoverEndpoint` and `startPuppetChild` throw
 */
export async function createPuppet(account: ResolvedAccount, place: PuppetPlace): Promise<PuppetInstance> {
  const { capabilities, ...puppetOptions } = account.puppetOptions
  const stated = { ...knownCapabilities(account.puppet), ...statedByUser(account.id, capabilities) }
  await silenceWechaty()
  const make = makers.get(account.puppet) ?? makeForeign
  const instance = await make({ ...account, puppetOptions }, place)
  stateCapabilities(instance.puppet, stated)
  return instance
}

/** What a user may state of a puppet that cannot declare it itself. */
const statedSchema = z.strictObject({ idStability: z.enum(idStabilities).exactOptional() })

function statedByUser(accountId: string, capabilities: unknown = {}): StatedCapabilities {
  const { data } = statedSchema.safeParse(capabilities)
  if (data !== undefined) return data
  const message = `account "${accountId}": puppetOptions.capabilities may hold idStability, "stable" or "session", and nothing else`
  throw new MoltbotError('puppet-options-invalid', message)
}

interface ILinkModule {
  readonly PuppetILink: new (
    options: Readonly<Record<string, unknown>>,
    surroundings: {
      readonly state: PuppetState
      readonly mediaRoom: DiskBudget
      readonly mayAsk: (() => boolean) | undefined
      readonly onUnstored: ((unstored: unknown) => void) | undefined
    },
  ) => Puppet
  /** Moves what an earlier version kept in files, and says which could not be read; does nothing when that was done. */
  importState(stateDir: string, into: PuppetState): Promise<{ readonly problems: readonly Error[] }>
}

/** A message is looked up for its file and its quote until its turn has ended. */
const shortestLookupMs = 60 * 60_000

async function makeILink(
  { puppetOptions, botAgent, retentionMs }: ResolvedAccount,
  { stateDir, state, disk, mayAct, onUnstored, log, backendProxy }: PuppetPlace,
): Promise<PuppetInstance> {
  const { PuppetILink, importState }: ILinkModule = await import('wechaty-puppet-ilink')
  const folder = join(stateDir, 'ilink')
  const { problems } = await importState(folder, state)
  for (const { message } of problems) log.error({ event: 'state.corrupt' }, message)
  const agent = botAgent === undefined ? {} : { botAgent }
  const options = {
    ...(backendProxy && { proxy: backendProxy.href }),
    ...puppetOptions,
    ...agent,
    stateDir: folder,
    acknowledge: 'manual',
    emitOwnMessages: false,
    keepMessagesMs: Math.max(retentionMs, shortestLookupMs),
  }
  return { puppet: new PuppetILink(options, { state, mediaRoom: disk, mayAsk: mayAct, onUnstored }) }
}

async function makeService(
  { id, puppetOptions }: ResolvedAccount,
  { signal }: PuppetPlace,
): Promise<PuppetInstance> {
  const { tls, ...options } = serviceOptions(id, puppetOptions)
  const endpoint = options.endpoint ?? (await discoverEndpoint({ ...options, signal }))
  const { HostedPuppet } = await import('./hosted-puppet.ts')
  // Left out, a variable of the environment would decide for every account whether TLS is used.
  const disable = tls?.disable ?? false
  const puppet = new HostedPuppet({ ...options, endpoint, tls: { ...tls, disable } })
  return { puppet, died: puppet.died, dispose: async () => puppet.destroy() }
}

/** Foreign code does not run in this process. */
async function makeForeign(
  { puppet, puppetOptions, puppetLimits, puppetAccess }: ResolvedAccount,
  { stateDir, configDir, log, signal }: PuppetPlace,
): Promise<PuppetInstance> {
  const { folder } = requirePackage(puppet, configDir)
  const { defaultOptions, needsChromium } = knownPuppet(puppet) ?? {}
  const options = { ...defaultOptions, ...puppetOptions }
  const { startPuppetChild } = await import('./child/puppet-child.ts')
  const child = await startPuppetChild({
    configDir,
    log,
    signal,
    puppet,
    options: needsChromium ? withChromium(puppet, options, folder, process) : options,
    stateDir: join(stateDir, 'puppets', puppet),
    limits: puppetLimits,
    access: puppetAccess,
  })
  return {
    puppet: child.puppet,
    died: Promise.race([child.exited.then(({ reason }) => reason), child.died]),
    dispose: () => child.stop(),
  }
}

/** Wechaty and its puppets print to stdout, which belongs to the host's log, and what they print may hold tokens. */
async function silenceWechaty(): Promise<void> {
  const { log } = await import('wechaty-puppet')
  log.level('silent')
}
