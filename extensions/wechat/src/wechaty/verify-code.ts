/**
 * The digits that a phone shows during a login: asked for by the puppet, given by a person who reads the status.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { AskVerifyCode } from '../puppets/extras.ts'
import type { StatusChange } from './status.ts'

export class VerifyCode {
  readonly #accountId: string
  readonly #change: (change: StatusChange) => void
  /** While they are asked for. */
  #take: ((code: string) => void) | undefined

  constructor(accountId: string, change: (change: StatusChange) => void) {
    this.#accountId = accountId
    this.#change = change
  }

  readonly ask: AskVerifyCode = ({ attempt, signal }) => {
    const reason =
      attempt === 1
        ? 'enter the digits that the phone shows'
        : 'wrong digits; enter those that the phone shows now'
    this.#change({ state: 'scan', reason, nextAction: 'enter-code' })
    return new Promise((resolve, reject) => {
      this.#take = (code) => {
        this.#take = undefined
        const said = 'checking the digits; then confirm the login on the phone'
        this.#change({ state: 'scan', reason: said, nextAction: 'wait' })
        resolve(code)
      }
      signal.addEventListener('abort', () => {
        this.#take = undefined
        reject(signal.reason)
      })
    })
  }

  /** @throws `no-code-wanted` */
  submit(code: string): void {
    if (this.#take === undefined) {
      throw new MoltbotError('no-code-wanted', `account "${this.#accountId}" waits for no digits`)
    }
    this.#take(code)
  }
}
