/**
 * Tencent's own client as a bot, on the stage and with the host that the simulator's tests have for it.
 */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Binding } from 'ilink-simulator'
import { type Heard, host } from '../../../ilink-simulator/test/tencent/host.ts'
import type { Stage } from '../../../ilink-simulator/test/tencent/stage.ts'
import { until } from '../stage.ts'
import { type Bot, onlyListen, type Turn } from './bot.ts'

const fileSafe = (botId: string) => botId.replace('@', '-').replace('.', '-')

/** The client keeps its accounts in one folder for all: a job begins without those of the one before. */
const forgetAccounts = (stage: Stage) =>
  rm(join(stage.folder, 'openclaw-weixin'), { recursive: true, force: true })

/** Types digits into the terminal whenever the client asks for some. */
const typeDigits = async (digits: readonly string[]): Promise<void> => {
  for (const text of digits) {
    await until(() => process.stdin.listenerCount('data') > 0)
    process.stdin.emit('data', `${text}\n`)
  }
}

/** The host of the simulator's tests shows typing with every message; this one only when the job says so. */
const hostFor = (folder: string, { typing, reply }: Turn) => {
  const { heard, channelRuntime } = host(folder, () => (reply === undefined ? [] : [{ text: reply }]))
  const dispatchReplyFromConfig = async ({ ctx }: { ctx: Heard }) => void heard.push(ctx)
  const silent = { ...channelRuntime.reply, dispatchReplyFromConfig }
  return { heard, channelRuntime: typing ? channelRuntime : { ...channelRuntime, reply: silent } }
}

export const tencentBot = async (stage: Stage): Promise<Bot> => {
  await forgetAccounts(stage)
  const cfg = { channels: { 'openclaw-weixin': { cdnBaseUrl: stage.simulator.cdnUrl } } }
  let accountId = ''
  let heard: Heard[] = []
  let end: () => Promise<void> = async () => undefined

  const save = ({ botId, token, userId }: Binding, baseUrl: string) => {
    accountId = fileSafe(botId)
    stage.accounts.saveWeixinAccount(accountId, { token, userId, baseUrl })
    stage.accounts.registerWeixinAccountId(accountId)
  }

  /** As OpenClaw runs an account: until the signal, then the farewell. */
  const run = (turn: Turn) => {
    const account = stage.accounts.resolveWeixinAccount(cfg, accountId)
    const hosting = hostFor(stage.folder, turn)
    heard = hosting.heard
    const abort = new AbortController()
    const { channelRuntime } = hosting
    const running = stage.plugin.gateway
      .startAccount({ account, cfg, abortSignal: abort.signal, channelRuntime })
      // The pause after -14 ends a stopped account with an error instead of a return.
      .catch((error: unknown) => {
        if (!abort.signal.aborted) throw error
      })
    end = async () => {
      abort.abort()
      await running
      await stage.plugin.gateway.stopAccount({ account })
      end = async () => undefined
    }
  }

  const logIn = async (digits: readonly string[]) => {
    const { sessionKey } = await stage.login.startWeixinLoginWithQr({ apiBaseUrl: '', force: true })
    const waiting = stage.login.waitForWeixinLogin({ sessionKey, apiBaseUrl: '', timeoutMs: 60_000 })
    const [result] = await Promise.all([waiting, typeDigits(digits)])
    const { accountId: botId, botToken: token, userId, baseUrl } = result
    if (result.alreadyConnected) return
    if (!botId || !token || !userId || !baseUrl) throw new Error(`no login: ${result.message}`)
    save({ botId, token, userId }, baseUrl)
  }

  return {
    async logIn(digits = []) {
      await logIn(digits)
      run(onlyListen)
    },
    async logInAgain() {
      await end()
      await logIn([])
      run(onlyListen)
    },
    async begin(account, turn = onlyListen) {
      save(account, stage.simulator.url)
      run(turn)
    },
    /** It pauses for an hour. */
    reactedToExpiry: async () => undefined,
    handled: (count) => until(() => heard.length >= count),
    sendText: (to, text) => stage.plugin.outbound.sendText({ cfg, to, text, accountId }),
    sendFile: (to, mediaUrl) => stage.plugin.outbound.sendMedia({ cfg, to, text: '', accountId, mediaUrl }),
    stop: () => end(),
  }
}
