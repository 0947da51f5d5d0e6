/**
 * What `setup` has to know to write a configuration, however it was asked.
 */

import type { ProviderApi } from '../model/types.ts'

export type DirectPolicy = 'pairing' | 'allowlist' | 'open' | 'disabled'
export const directPolicies = ['pairing', 'allowlist', 'open', 'disabled'] as const
export const replyLanguages = ['auto', 'zh-CN', 'en'] as const

export interface SetupAnswers {
  /** The id of the channel. */
  readonly channel: string
  /** The backend, as it is written. */
  readonly backend: string
  readonly hasGroups: boolean
  /** A hosted puppet: where its token is, and its address where that is not looked up. */
  readonly hosted?: { readonly variable: string; readonly endpoint?: string }
  readonly accounts: readonly NamedAccount[]
  /** Undefined: none yet. */
  readonly model?: ChosenModel
  readonly dmPolicy: DirectPolicy
  readonly allowFrom: readonly string[]
  readonly groups: boolean
  readonly replyLanguage: (typeof replyLanguages)[number]
  /** Secrets for `.env`, by variable. */
  readonly variables: Readonly<Record<string, string>>
}

export interface NamedAccount {
  readonly id: string
  /** A label for people. */
  readonly name?: string
}

export interface ChosenModel {
  /** `provider/model`. */
  readonly primary: string
  /** Undefined for a built-in model. */
  readonly provider?: {
    readonly id: string
    readonly baseUrl: string
    readonly api: ProviderApi
    /** Undefined: it needs no key. */
    readonly variable?: string
  }
}

/** The environment variable for the key of a provider. */
export function keyVariable(providerId: string): string {
  const name = providerId
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  return `${/^\d/.test(name) ? '_' : ''}${name || 'MODEL'}_API_KEY`
}

const idPattern = /^[\w.@-]{1,64}$/
const maxAccounts = 100

/**
 * Accounts from a list of names with commas, Chinese ones too. A name that can be an id is one; another becomes the label
 * of an account with a number.
 */
export function accountsFrom(text: string): NamedAccount[] {
  const names = text
    .split(/[,，、;；\n]/)
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const ids = new Set(names.filter((name) => idPattern.test(name)))
  let number = 0
  const nextId = () => {
    do number++
    while (ids.has(`account${number}`))
    return `account${number}`
  }
  const accounts = [...new Set(names)].map((name) =>
    idPattern.test(name) ? { id: name } : { id: nextId(), name },
  )
  return accounts.slice(0, maxAccounts)
}
