/**
 * Hands a login of another program to our iLink puppet, which alone knows how it stores one.
 */

import type { PuppetState } from '../model/puppet-state.ts'

/** As `ForeignLogin` of wechaty-puppet-ilink. */
export interface ILinkLogin {
  readonly botId: string
  readonly token: string
  readonly userId?: string
  readonly baseUrl?: string
  readonly cursor?: string
  readonly contextTokens: readonly {
    readonly userId: string
    readonly token: string
    readonly atMs: number
  }[]
}

interface ILinkModule {
  adoptLogin(login: ILinkLogin, into: PuppetState): Promise<'adopted' | 'present' | 'occupied'>
}

/** Stores the login, unless the account has one that is used. @throws what cannot be stored */
export async function adoptILinkLogin(login: ILinkLogin, into: PuppetState): Promise<void> {
  const { adoptLogin }: ILinkModule = await import('wechaty-puppet-ilink')
  await adoptLogin(login, into)
}
