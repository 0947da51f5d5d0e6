/**
 * Emits the puppet's events. A listener that throws is reported and affects nothing else.
 */

import * as PUPPET from 'wechaty-puppet'
import { reasonOf } from './errors.ts'
import type { LoginProgress } from './login/qr-login.ts'

const logName = 'PuppetILink'

export class Announcer {
  readonly #puppet: PUPPET.Puppet

  constructor(puppet: PUPPET.Puppet) {
    this.#puppet = puppet
  }

  /** @returns whether no listener threw */
  emit(event: PUPPET.types.PuppetEventName, payload: object): boolean {
    try {
      this.#puppet.emit(event, payload)
      return true
    } catch (error) {
      this.report(error)
      return false
    }
  }

  login(botId: string): void {
    PUPPET.log.info(logName, 'logged in as %s', botId)
    try {
      this.#puppet.login(botId)
    } catch (error) {
      this.report(error)
    }
  }

  progress(progress: LoginProgress): void {
    const { ScanStatus } = PUPPET.types
    if (progress.kind === 'code') this.emit('scan', { qrcode: progress.content, status: ScanStatus.Waiting })
    if (progress.kind === 'scanned') this.emit('scan', { status: ScanStatus.Scanned })
    if (progress.kind === 'confirmed') this.emit('scan', { status: ScanStatus.Confirmed })
    if (progress.kind === 'expired') this.emit('scan', { status: ScanStatus.Timeout })
    if (progress.kind === 'poll') this.emit('heartbeat', { data: 'waiting for a scan' })
    if (progress.kind === 'problem') this.report(progress.error)
  }

  /** Logs the error and emits it. An `error` event without a listener would throw. */
  report(error: unknown): void {
    PUPPET.log.warn(logName, '%s', reasonOf(error))
    if (this.#puppet.listenerCount('error') === 0) return
    try {
      this.#puppet.emit('error', error)
    } catch (thrown) {
      PUPPET.log.error(logName, 'an error listener threw: %s', reasonOf(thrown))
    }
  }

  /** Logs a failure that needs no action. */
  minorFailure(error: unknown): void {
    PUPPET.log.warn(logName, 'minor failure: %s', reasonOf(error))
  }
}
