/**
 * A running gateway as the process that runs it sees it.
 */

import type { ChannelPlugin } from '@moltbot/channel-sdk'
import type { ConfigReport } from './config/describe.ts'
import type { GatewayStatus } from './control/status.ts'
import type { Log } from './log/logger.ts'
import type { PhoneDesk } from './sandbox/phone/phone-desk.ts'
import type { Settings } from './settings.ts'
import type { GatewayLock } from './state/lock.ts'

export interface GatewayOptions {
  readonly stateDir: string
  readonly log: Log
  readonly plugins: readonly ChannelPlugin[]
  /** Reads and checks the configuration: at the start, and again at each restart and reload. */
  readonly loadSettings: () => Promise<Settings>
  /** The files that `loadSettings` reads, as they are now. */
  readonly describeConfig?: () => Promise<ConfigReport>
  /** Instead of the configured port. 0: a free one. */
  readonly port?: number | undefined
  /** Milliseconds since the epoch, by which pairing codes are dated. Defaults to the system's clock. */
  readonly now?: () => number
  /** What is wrong with the environment of the process, for `status`. The caller has logged it. */
  readonly warnings?: readonly string[]
  /** A lock of `stateDir` that is held already; the gateway releases it when it stops. */
  readonly lock?: GatewayLock
  /** Of the sandbox: plays the people who write to the bot. */
  readonly phone?: PhoneDesk
}

export interface Gateway {
  readonly url: string
  /** Resolves when every account is supervised or has failed, after the start or the latest restart. */
  ready(): Promise<void>
  status(): Promise<GatewayStatus>
  /**
   * Takes the configuration as it is now; only the accounts that it changes are restarted. Saving a file of the
   * configuration does the same.
   * @throws when it is invalid; the old one stays in use. `stopping` when a stop overtakes it
   */
  reload(): Promise<void>
  /**
   * Closes everything but the control plane and opens it again, with the old configuration where the new one is invalid.
   * Gives way to a stop.
   * @throws what a channel says that cannot be opened again; the gateway ends then
   */
  restart(): Promise<void>
  /**
   * Ends at once what a reload or restart waits for, lets running turns end for `gateway.shutdownTimeoutMs`, stops the
   * channels within the deadline (a second more than that if left out), and closes everything: nothing of the gateway runs or writes afterwards. A second call joins the first.
   */
  stop(options?: { readonly deadlineMs: number }): Promise<void>
  /** Counts an unhandled error, for `status`. */
  noteUnhandled(): void
  /** The process's exit code, once the gateway has ended: 0 when it was stopped, 1 when a restart failed. */
  readonly ended: Promise<number>
}
