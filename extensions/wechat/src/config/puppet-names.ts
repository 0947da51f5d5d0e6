/**
 * Puppets go by their npm package name; those that people meet most have a short one too.
 */

import { z } from 'zod'

const shortNames: ReadonlyMap<string, string> = new Map(
  ['ilink', 'service', 'wechat', 'wechat4u', 'mock'].map((name) => [name, `wechaty-puppet-${name}`]),
)

/** What npm takes as a package name, scope included (docs.npmjs.com, "name" of package.json). */
const packageName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/

export const puppetSchema = z
  .string()
  .max(214)
  .regex(packageName, {
    error: `a puppet is an npm package name such as "wechaty-puppet-ilink", or one of ${[...shortNames.keys()].join(', ')}`,
  })

/** `ilink` → `wechaty-puppet-ilink`; any other name stays. */
export function expandPuppet(name: string): string {
  return shortNames.get(name) ?? name
}
