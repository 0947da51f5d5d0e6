/**
 * The part of the gateway's environment that a foreign puppet sees: enough to find programs, a browser and the network,
 * and none of the secrets that a gateway is given in variables.
 */

import { join } from 'node:path'

const names: ReadonlySet<string> = new Set([
  'PATH',
  'LANG',
  'LANGUAGE',
  'TZ',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'CHROME_PATH',
  'CHROME_BIN',
])

/** Programs read the variables of proxies in either case. */
const patterns = [/^LC_/, /^PUPPETEER_/, /^(?:https?|all|no)_proxy$/i]

export interface PuppetFolders {
  /** The puppet's own folder; it lasts over restarts. */
  readonly home: string
  /** For temporary files; removed after the run. */
  readonly temporary: string
  /** Home folder of the user who runs the gateway, if there is one. */
  readonly userHome: string | undefined
}

/** Pure. */
export function puppetEnvironment(gateway: NodeJS.ProcessEnv, folders: PuppetFolders): NodeJS.ProcessEnv {
  const passed = Object.entries(gateway).filter(
    ([name]) => names.has(name) || patterns.some((pattern) => pattern.test(name)),
  )
  return {
    // Browsers are installed once for the user, and found through the home folder that the puppet does not see.
    ...(folders.userHome && { PUPPETEER_CACHE_DIR: join(folders.userHome, '.cache', 'puppeteer') }),
    ...Object.fromEntries(passed),
    HOME: folders.home,
    TMPDIR: folders.temporary,
    WECHATY_LOG: 'silent',
  }
}
