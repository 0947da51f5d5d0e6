/**
 * The known puppets as the operator sees them, with what is installed.
 */

import type { BackendInfo } from '@moltbot/channel-sdk'
import { banWarning, knownPuppets } from './catalogue.ts'
import { findPackage } from './installed.ts'

/** @param fromDir where the search for installed packages begins; see `findPackage` */
export function listBackends(fromDir: string): BackendInfo[] {
  return knownPuppets.map(({ runsIn: _, needsChromium: __, defaultOptions: ___, ...puppet }) => {
    const installed = findPackage(puppet.name, fromDir)
    const warning = banWarning(puppet.name)
    return { ...puppet, ...(warning !== undefined && { warning }), ...(installed && { installed }) }
  })
}
