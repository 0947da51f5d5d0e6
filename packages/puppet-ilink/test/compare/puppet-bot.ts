/**
 * Our puppet as a bot.
 */

import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { FileBox } from 'file-box'
import type { Simulator } from 'ilink-simulator'
import { PuppetILink, type PuppetILinkOptions } from '../../src/index.ts'
import { until } from '../stage.ts'
import { type Bot, onlyListen, type Turn } from './bot.ts'
import type { Phone } from './phone.ts'

/** @param folder where it may keep its state */
export const puppetBot = async (simulator: Simulator, folder: string, phone: Phone): Promise<Bot> => {
  const { url: baseUrl, cdnUrl: cdnBaseUrl } = simulator
  const stateDir = await mkdtemp(join(folder, 'puppet-'))
  const options = { baseUrl, cdnBaseUrl, loginBaseUrl: baseUrl, stateDir }
  let puppet = new PuppetILink(options)
  let handled = 0
  let failure: unknown

  const take = async (messageId: string, { typing, reply }: Turn) => {
    const { talkerId, filename } = await puppet.messagePayload(messageId)
    if (talkerId === puppet.currentUserId) return
    // The puppet continues to poll while a message is handled. Waiting for that poll keeps the order the same every time.
    await phone.asked('getupdates', handled + 2)
    if (filename !== undefined) await puppet.messageFile(messageId)
    if (typing) await puppet.conversationTyping(talkerId, true)
    if (reply !== undefined) await puppet.messageSendText(talkerId, reply)
    if (typing) await puppet.conversationTyping(talkerId, false)
    handled += 1
  }

  const run = async (turn: Turn, digits: readonly string[], more: PuppetILinkOptions = {}) => {
    puppet = new PuppetILink({ ...options, ...more })
    puppet.onVerifyCode = async ({ attempt }) => digits[attempt - 1] ?? ''
    puppet.on('message', ({ messageId }) => {
      take(messageId, turn).catch((error: unknown) => {
        failure = error
      })
    })
    await puppet.start()
  }

  const loggedIn = () => until(() => puppet.isLoggedIn)

  return {
    async logIn(digits = []) {
      await run(onlyListen, digits)
      await loggedIn()
    },
    async logInAgain() {
      await puppet.logout()
      await loggedIn()
    },
    begin: ({ token }, turn = onlyListen) => run(turn, [], { token }),
    handled: (count) =>
      until(() => {
        if (failure !== undefined) throw failure
        return handled >= count
      }),
    /** It shows a new QR code and waits for the phone. */
    reactedToExpiry: () => phone.asked('getqrstatus', 2),
    sendText: (to, text) => puppet.messageSendText(to, text),
    sendFile: (to, path) => puppet.messageSendFile(to, FileBox.fromFile(path)),
    stop: () => puppet.stop(),
  }
}
