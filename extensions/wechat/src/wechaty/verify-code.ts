/**
 * The digits that a phone shows during a login: the puppet asks for them, a person who reads the status enters them.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { AskVerifyCode } from '../puppets/extras.ts'
import type { StatusChange } from './status.ts'

export class VerifyCode {
  readonly #accountId: string
  readonly #change: (change: StatusChange) => void
  /** Takes the digits while a puppet waits for them. */
  #take: ((code: string) => void) | undefined

  constructor(accountId: string, change: (change: StatusChange) => void) {
    this.#accountId = accountId
    this.#change = change
  }

  readonly ask: AskVerifyCode = ({ attempt, signal }) => {
    if (signal.aborted) return Promise.reject(signal.reason)
    const reason =
      attempt === 1
        ? 'enter the digits that the phone shows'
        : 'wrong digits; enter those that the phone shows now'
    this.#change({ state: 'scan', reason, nextAction: 'enter-code' })
    return new Promise((resolve, reject) => {
      const take = (code: string) => {
        this.#take = undefined
        signal.removeEventListener('abort', onAbort)
        const checking = 'checking the digits; then confirm the login on the phone'
        this.#change({ state: 'scan', reason: checking, nextAction: 'wait' })
        resolve(code)
      }
      const onAbort = () => {
        if (this.#take === take) this.#take = undefined
        reject(signal.reason)
      }
      this.#take = take
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** @throws `no-code-wanted` */
  submit(code: string): void {
    if (this.#take === undefined) {
      const message = `account "${this.#accountId}" is not waiting for a verification code`
      throw new MoltbotError('no-code-wanted', message)
    }
    this.#take(code)
  }
}
