/**
 * Wechaty puppets by name: facts that are known before one of them runs, the short names, and what a puppet's name may
 * be. A puppet that is not listed here can be used too.
 */

import { isBuiltin } from 'node:module'
import { z } from 'zod'
import type { IdStability } from '../model/ids.ts'

export interface KnownPuppet {
  /** The npm package name. */
  readonly name: string
  /** May be written instead of the package name. */
  readonly shortName?: string
  /** Our own puppet and the service client run in the gateway's process, every other puppet in a child process. */
  readonly runsIn: 'gateway' | 'child'
  readonly groups: Answer
  readonly media: Answer
  readonly typing: Answer
  /** Whether an id still means the same person after the next login. */
  readonly ids: IdStability | 'unknown'
  /** Whether WeChat warns or bans accounts that use this puppet. */
  readonly banRisk: 'none' | 'high' | 'unknown'
  /** One sentence for the operator. */
  readonly summary: string
  /** Its option `token` comes from a vendor. */
  readonly needsToken?: true
  /** The puppet drives a Chromium. Its option `endpoint` is the path of the browser. */
  readonly needsChromium?: true
  /** Options that apply if the account does not set them. */
  readonly defaultOptions?: Readonly<Record<string, unknown>>
}

export type Answer = 'yes' | 'no' | 'unknown'

export const knownPuppets: readonly KnownPuppet[] = [
  {
    name: 'wechaty-puppet-ilink',
    shortName: 'ilink',
    runsIn: 'gateway',
    groups: 'no',
    media: 'yes',
    typing: 'yes',
    ids: 'stable',
    banRisk: 'none',
    summary: "Tencent's official bot API: one bot for the person who scans, direct chats only.",
  },
  {
    name: 'wechaty-puppet-service',
    shortName: 'service',
    runsIn: 'gateway',
    groups: 'unknown',
    media: 'unknown',
    typing: 'no',
    ids: 'unknown',
    banRisk: 'unknown',
    needsToken: true,
    summary: 'A puppet that runs on another host, over gRPC. Its capabilities depend on that puppet.',
  },
  {
    name: 'wechaty-puppet-wechat',
    shortName: 'wechat',
    runsIn: 'child',
    groups: 'yes',
    media: 'yes',
    typing: 'no',
    ids: 'session',
    banRisk: 'high',
    summary:
      'Web WeChat in a Chromium browser, with about 1 GB of memory. WeChat refuses this login to many accounts.',
    needsChromium: true,
    // WeChat has refused the login without it since 2022 (wechaty/puppet-wechat#192 and #206).
    defaultOptions: { uos: true },
  },
  {
    name: 'wechaty-puppet-wechat4u',
    shortName: 'wechat4u',
    runsIn: 'child',
    groups: 'yes',
    media: 'yes',
    typing: 'no',
    ids: 'session',
    banRisk: 'high',
    summary: 'Web WeChat without a browser. WeChat refuses this login to many accounts.',
  },
  {
    name: 'wechaty-puppet-padlocal',
    runsIn: 'child',
    groups: 'yes',
    media: 'yes',
    typing: 'no',
    ids: 'unknown',
    banRisk: 'unknown',
    needsToken: true,
    summary: 'Needs a token from its vendor, whose service has not worked since 2024.',
  },
  {
    name: 'wechaty-puppet-mock',
    shortName: 'mock',
    runsIn: 'child',
    groups: 'yes',
    media: 'yes',
    typing: 'no',
    ids: 'stable',
    banRisk: 'none',
    summary: 'Does not connect to WeChat. For tests of bots.',
  },
]

const byName: ReadonlyMap<string, KnownPuppet> = new Map(knownPuppets.map((puppet) => [puppet.name, puppet]))

/** @param name npm package name */
export function knownPuppet(name: string): KnownPuppet | undefined {
  return byName.get(name)
}

/** A warning for the operator before an account logs in with this puppet. */
export function banWarning(name: string): string | undefined {
  if (knownPuppet(name)?.banRisk !== 'high') return undefined
  return `WeChat warns and bans accounts that log in with "${name}"; use Tencent's official puppet "ilink" instead, which has no such risk`
}

const shortNames: ReadonlyMap<string, string> = new Map(
  knownPuppets.flatMap(({ shortName, name }) => (shortName === undefined ? [] : [[shortName, name]])),
)

/** The short names as text for messages. */
export const shortNamesList = [...shortNames.keys()].join(', ')

/** A package name that npm accepts, scope included (docs.npmjs.com, "name" in package.json). */
const packageName = /^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/
const maxNameLength = 214

export const puppetSchema = z
  .string()
  .max(maxNameLength)
  .regex(packageName, {
    error: `a puppet is an npm package name such as "wechaty-puppet-ilink", or one of ${shortNamesList}`,
  })

/** Expands a short name, such as `ilink` to `wechaty-puppet-ilink`. Any other name is returned unchanged. */
export function expandPuppet(name: string): string {
  return shortNames.get(name) ?? name
}

/**
 * Puppets on npm have "puppet" in their name, so a name without it is probably a misspelt short name. No message may then
 * suggest to install the package of that name.
 */
export function looksMistyped(name: string): boolean {
  return !shortNames.has(name) && !name.includes('puppet')
}

/** True only for a package name: not a path, a URL, a built-in module or an option of npm. */
export function isPackageName(name: string): boolean {
  return name.length <= maxNameLength && packageName.test(name) && !isBuiltin(name)
}
