/**
 * `channels login`: shows the QR code of an account, asks for the digits when the phone wants them, and waits.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, drawModules, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import type { AccountAnswer } from '../api/answers.ts'
import { connectGateway, type GatewayClient } from '../control/client.ts'
import { english } from '../language/speech.ts'
import { type AccountChoice, chosenAccount } from './channel-accounts.ts'
import { type Output, print } from './show.ts'

export interface LoginOptions extends AccountChoice {
  /** Seconds. */
  readonly timeout: number
}

export interface Terminal extends Output {
  /** Shows the question and a space, and resolves with the line that was typed; rejects when `signal` aborts. */
  ask(question: string, signal: AbortSignal): Promise<string>
}

const pollEveryMs = 250
/** What the person at the terminal can do about it is not here. */
const finalStates = new Set(['failed', 'disabled'])

/**
 * Returns when the account is online.
 * @throws as `chosenAccount`; `login-failed` with the account's reason, `timeout`.
 */
export async function logIn(stateDir: string, options: LoginOptions, terminal: Terminal): Promise<undefined> {
  const gateway = connectGateway(stateDir)
  const deadlineMs = performance.now() + options.timeout * 1_000
  const { accountId: chosen } = await chosenAccount(gateway, options)
  let shown: AccountAnswer | undefined
  while (performance.now() < deadlineMs) {
    const account = await gateway.call('account', { accountId: chosen })
    const { accountId, state, reason } = account
    if (state === 'online') {
      print(
        terminal,
        terminal.say('Account {account} is logged in. Now write to the bot in WeChat.', {
          account: accountId,
        }),
      )
      return
    }
    if (finalStates.has(state)) {
      const message = english('account {account} is {state}: {reason}', { account: accountId, state, reason })
      throw new MoltbotError('login-failed', message)
    }
    await showNews(account, shown, terminal)
    if (account.nextAction === 'enter-code') await enterCode(gateway, account, terminal)
    shown = account
    await sleep(pollEveryMs)
  }
  const seconds = options.timeout
  throw new MoltbotError(
    'timeout',
    english('no login within {seconds} s; the gateway keeps waiting', { seconds }),
  )
}

async function showNews(
  account: AccountAnswer,
  shown: AccountAnswer | undefined,
  terminal: Terminal,
): Promise<void> {
  const { accountId, qr, reason } = account
  if (qr !== undefined && qr !== shown?.qr) {
    const { encode } = await import('uqr')
    terminal.write(`${drawModules(encode(qr, { border: 2 }).data)}\n`)
    print(terminal, qr)
  }
  if (reason !== shown?.reason) print(terminal, `${accountId}: ${terminal.translate(reason)}`)
}

/** What the phone shows; typed with a Chinese input method, too. */
const digits = /^\d{1,12}$/

/**
 * Asks once. The question ends when the phone no longer waits for the answer.
 * @throws `no-input` where nobody can type
 */
async function enterCode(
  gateway: GatewayClient,
  { accountId }: AccountAnswer,
  terminal: Terminal,
): Promise<void> {
  const over = new AbortController()
  const watch = setInterval(() => {
    gateway
      .call('account', { accountId })
      .then(({ nextAction }) => nextAction === 'enter-code' || over.abort())
      .catch(() => over.abort())
  }, pollEveryMs)
  try {
    const typed = await terminal.ask(terminal.say('Digits shown on the phone:'), over.signal)
    const code = typed.normalize('NFKC').trim()
    if (digits.test(code)) await gateway.call('verifyCode', { accountId, code })
    else print(terminal, terminal.say('Type the digits only, such as 1234.'))
  } catch (error) {
    if (codeOf(error) === 'no-input') throw error
    if (!over.signal.aborted) print(terminal, terminal.translate(messageOf(error)))
  } finally {
    clearInterval(watch)
  }
}
