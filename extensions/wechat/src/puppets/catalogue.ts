/**
 * Facts about Wechaty puppets, known before any of them runs. Data only; a puppet that is not here can be used too.
 */

import type { IdStability } from '../model/ids.ts'

export interface KnownPuppet {
  /** npm package name. */
  readonly name: string
  /** People may write this instead. */
  readonly shortName?: string
  /** The gateway's own process holds what is ours and the service client; a child process holds everything else. */
  readonly runsIn: 'gateway' | 'child'
  readonly groups: Answer
  readonly media: Answer
  readonly typing: Answer
  /** Do ids mean the same person after another login? */
  readonly ids: IdStability | 'unknown'
  /** Does WeChat warn or ban accounts for its use? */
  readonly banRisk: 'none' | 'high' | 'unknown'
  /** One sentence for people. */
  readonly summary: string
  /** Drives a Chromium, whose path is its option `endpoint`. */
  readonly needsChromium?: true
  /** Options for an account that does not set them itself. */
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
    summary: 'A puppet that runs elsewhere, over gRPC; what it can do depends on that puppet.',
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
      'Web WeChat in a Chromium browser, about 1 GB of memory; many accounts may not log in there at all.',
    needsChromium: true,
    // Since 2022 the login is refused without it (wechaty/puppet-wechat#192 and #206).
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
    summary: 'Web WeChat without a browser; many accounts may not log in there at all.',
  },
  {
    name: 'wechaty-puppet-padlocal',
    runsIn: 'child',
    groups: 'yes',
    media: 'yes',
    typing: 'no',
    ids: 'unknown',
    banRisk: 'unknown',
    summary: 'Needs a token of its vendor, whose service has not worked since 2024.',
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
    summary: 'No WeChat at all: for tests of bots.',
  },
]

const byName: ReadonlyMap<string, KnownPuppet> = new Map(knownPuppets.map((puppet) => [puppet.name, puppet]))

/** @param name npm package name */
export function knownPuppet(name: string): KnownPuppet | undefined {
  return byName.get(name)
}

/** A warning for people before an account logs in with this puppet. */
export function banWarning(name: string): string | undefined {
  if (knownPuppet(name)?.banRisk !== 'high') return undefined
  return `WeChat warns and bans accounts that log in with "${name}"; use puppet "ilink" instead, Tencent's own way, without that risk`
}
