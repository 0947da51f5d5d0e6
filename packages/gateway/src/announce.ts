/**
 * What has to be known, and what is logged, of a configuration before anything runs under it.
 */

import { logFileIn } from './log/log-path.ts'
import type { Log } from './log/logger.ts'
import { useProxies } from './network/outgoing.ts'
import { describeProxies } from './network/proxy.ts'
import type { Settings } from './settings.ts'

export interface AnnounceOptions {
  readonly log: Log
  readonly stateDir: string
  readonly warnings: readonly string[]
  /** What the gateway runs under so far; undefined while it opens. */
  readonly before: Settings | undefined
}

/** From now on its secrets are redacted, its log file is written, and its proxies are used. */
export function announce(settings: Settings, { log, stateDir, warnings, before }: AnnounceOptions): void {
  const { redactor, logger } = log
  for (const secret of settings.secrets) redactor.register(secret)
  log.setFile(logFileIn(stateDir, settings.logFile))
  for (const warning of warnings) logger.warn({ event: 'config.warning' }, warning)
  useProxies(settings.proxies)
  const proxies = describeProxies(settings.proxies)
  if (proxies === undefined || (before && describeProxies(before.proxies) === proxies)) return
  logger.info({ event: 'network.proxy' }, `Requests go through the proxy ${proxies}`)
}

/** @param accounts that the change has restarted */
export function appliedTo(accounts: readonly string[]): string {
  const restarted = accounts.length === 0 ? 'no account had to restart' : `restarted ${accounts.join(', ')}`
  return `The configuration was applied; ${restarted}`
}
