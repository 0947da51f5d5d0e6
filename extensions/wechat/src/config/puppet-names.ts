/**
 * Puppets go by their npm package name; those that people meet most have a short one too.
 */

import { isBuiltin } from 'node:module'
import { z } from 'zod'
import { knownPuppets } from '../puppets/catalogue.ts'

const shortNames: ReadonlyMap<string, string> = new Map(
  knownPuppets.flatMap(({ shortName, name }) => (shortName === undefined ? [] : [[shortName, name]])),
)

/** For people. */
export const shortNamesList = [...shortNames.keys()].join(', ')

/** What npm takes as a package name, scope included (docs.npmjs.com, "name" of package.json). */
const packageName = /^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/
const maxNameLength = 214

export const puppetSchema = z
  .string()
  .max(maxNameLength)
  .regex(packageName, {
    error: `a puppet is an npm package name such as "wechaty-puppet-ilink", or one of ${shortNamesList}`,
  })

/** `ilink` → `wechaty-puppet-ilink`; any other name stays. */
export function expandPuppet(name: string): string {
  return shortNames.get(name) ?? name
}

/**
 * A word that names no puppet by the custom of npm's puppets is rather a short name with a slip of the pen. Nobody should
 * be told to install whatever package bears it.
 */
export function looksMistyped(name: string): boolean {
  return !shortNames.has(name) && !name.includes('puppet')
}

/** Neither a path, nor a URL, nor a module of Node's own, nor an option of npm's. */
export function isPackageName(name: string): boolean {
  return name.length <= maxNameLength && packageName.test(name) && !isBuiltin(name)
}
