/**
 * The home directory, which not every process has: a container may run as any number, without HOME and without a line
 * in its user database, and Node then throws where it is asked.
 */

import { homedir, userInfo } from 'node:os'
import { isAbsolute } from 'node:path'

/** Home directory of the user who runs this process: HOME, else the user database's. Undefined where there is none. */
export function homeDir(): string | undefined {
  return [homedir, () => userInfo().homedir].map(pathOf).find((path) => path !== undefined)
}

function pathOf(look: () => string): string | undefined {
  try {
    const path = look()
    return isAbsolute(path) ? path : undefined // An empty HOME is none.
  } catch {
    return undefined // The user database does not know this user.
  }
}
