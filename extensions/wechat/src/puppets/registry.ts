/**
 * From a puppet's npm name to an instance. Puppets and Wechaty are loaded when the first account needs them.
 */

import { join } from 'node:path'
import { MoltbotError } from '@moltbot/channel-sdk'
import type { Puppet } from 'wechaty-puppet'
import type { ResolvedAccount } from '../config/resolve.ts'

type PuppetConstructor = new (options: Record<string, unknown>) => Puppet

const ilink = 'wechaty-puppet-ilink'

/**
 * A new instance for one attempt of one account.
 * @param stateDir the account's own folder; the puppet keeps its credentials there
 * @throws `puppet-not-served`, `puppet-options-invalid`
 */
export async function createPuppet(account: ResolvedAccount, stateDir: string): Promise<Puppet> {
  if (account.puppet !== ilink) {
    throw new MoltbotError(
      'puppet-not-served',
      `puppet "${account.puppet}" is not served by this version yet; "${ilink}" is`,
    )
  }
  const { PuppetILink }: { PuppetILink: PuppetConstructor } = await import('wechaty-puppet-ilink')
  const { botAgent } = account
  return new PuppetILink({
    ...account.puppetOptions,
    ...(botAgent !== undefined && { botAgent }),
    stateDir: join(stateDir, 'ilink'),
    acknowledge: 'manual',
  })
}
