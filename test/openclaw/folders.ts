/**
 * Where the tests on the real OpenClaw keep what is made once: the host, and our plugin as it is packed.
 */

import { join } from 'node:path'

export const folder = import.meta.dirname
export const hostFolder = join(folder, 'node_modules', 'openclaw')
export const hostBin = join(hostFolder, 'openclaw.mjs')
/** The packed plugin, with those of its packages in it that are not in the registry. */
export const packedPlugin = join(folder, 'node_modules', '.packed', 'wechat.tgz')
/** What the host makes of the packed plugin once; each test gets links to it. */
export const installedPlugin = join(folder, 'node_modules', '.packed', 'package')
