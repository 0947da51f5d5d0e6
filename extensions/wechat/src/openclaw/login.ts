/**
 * Logging in by QR code. The gateway's RPCs `web.login.start` and `web.login.wait` answer with the code; `openclaw channels
 * login`, which runs in a process of its own, asks them where the gateway holds the channel's folder, and else runs the
 * account itself for as long as the login takes.
 */

import { type AccountStatus, drawModules, MoltbotError, pause } from '@moltbot/channel-sdk'
import { encode } from 'uqr'
import type { Accounts, LetGo } from './accounts.ts'
import type { HostGateway } from './host-api.ts'
import type { LoginAnswer, LoginQuestion, Terminal } from './host-plugin.ts'
import { hostChannelId } from './ids.ts'

const loginTimeoutMs = 5 * 60_000
const answerTimeoutMs = 20_000
/** For the gateway to answer, beyond the time that it was given to wait. */
const gatewayGraceMs = 10_000
/** Between two questions to a gateway whose answer has nothing to show. */
const askAgainMs = 500

/** What answers a login: the accounts of this process, or the gateway. */
export interface LoginDesk {
  start(question: LoginQuestion): Promise<LoginAnswer>
  wait(question: LoginQuestion): Promise<LoginAnswer>
}

export interface LoginsOptions<Config> {
  readonly accounts: Accounts<Config>
  /** The text of a code as an image: a data URL of a PNG, since the host takes no other. */
  readonly draw: (text: string) => Promise<string>
  /** The account that is meant. @throws where it cannot run */
  readonly accountOf: (accountId: string | null | undefined) => {
    readonly accountId: string
    readonly config: Config
  }
}

/**
 * Logins in this process. The host stops an account whose code it shows, so a login keeps its account running: until it is
 * logged in and the host starts it again, or for {@link loginTimeoutMs}.
 */
export class Logins<Config> implements LoginDesk {
  readonly #options: LoginsOptions<Config>
  /** The last code of each account. */
  readonly #drawn = new Map<string, { readonly text: string; readonly image: string }>()
  readonly #held = new Map<string, { readonly letGo: LetGo; readonly timer: NodeJS.Timeout }>()

  constructor(options: LoginsOptions<Config>) {
    this.#options = options
  }

  async start({ accountId: wanted, force = false, timeoutMs = answerTimeoutMs }: LoginQuestion) {
    const { accounts, accountOf } = this.#options
    const { accountId, config } = accountOf(wanted)
    await this.#hold(accountId, config)
    if (force) await this.#logoutFirst(accountId, timeoutMs)
    const status = await accounts.until(accountId, hasAnswer, timeoutMs)
    return this.#answer(accountId, status)
  }

  async wait({ accountId: wanted, currentQrDataUrl, timeoutMs = answerTimeoutMs }: LoginQuestion) {
    const { accounts, accountOf } = this.#options
    const { accountId } = accountOf(wanted)
    const shown = this.#drawn.get(accountId)
    const isShown = ({ qr }: AccountStatus) => qr === shown?.text && currentQrDataUrl === shown?.image
    const isNews = (status: AccountStatus) =>
      hasAnswer(status) && (status.qr === undefined || !isShown(status))
    return this.#answer(accountId, await accounts.until(accountId, isNews, timeoutMs))
  }

  /** Ends all logins, with the process or before the channel is closed. */
  end(): void {
    for (const accountId of this.#held.keys()) this.#release(accountId)
  }

  async #answer(accountId: string, status: AccountStatus | undefined): Promise<LoginAnswer> {
    if (status === undefined || isLoggedIn(status) || status.state === 'failed') this.#release(accountId)
    if (status === undefined)
      return { connected: false, state: 'idle', message: 'The account is not running.' }
    const { state, reason, qr } = status
    if (isLoggedIn(status)) return { connected: true, state, message: 'Logged in.' }
    if (qr === undefined) return { connected: false, state, message: `The account is ${state}: ${reason}` }
    const message = 'Scan this code with WeChat.'
    return { connected: false, state, message, qrDataUrl: await this.#draw(accountId, qr), qrText: qr }
  }

  async #draw(accountId: string, text: string): Promise<string> {
    const drawn = this.#drawn.get(accountId)
    if (drawn?.text === text) return drawn.image
    const image = await this.#options.draw(text)
    this.#drawn.set(accountId, { text, image })
    return image
  }

  async #hold(accountId: string, config: Config): Promise<void> {
    const letGo = await this.#options.accounts.hold(accountId, config)
    this.#release(accountId)
    const timer = setTimeout(() => this.#release(accountId), loginTimeoutMs)
    this.#held.set(accountId, { letGo, timer })
  }

  #release(accountId: string): void {
    const held = this.#held.get(accountId)
    if (held === undefined) return
    this.#held.delete(accountId)
    clearTimeout(held.timer)
    void held.letGo()
  }

  async #logoutFirst(accountId: string, timeoutMs: number): Promise<void> {
    const { accounts } = this.#options
    const status = await accounts.until(accountId, hasAnswer, timeoutMs)
    if (status !== undefined && isLoggedIn(status)) await accounts.channel.logout(accountId)
    await accounts.until(accountId, (next) => !isLoggedIn(next), timeoutMs)
  }
}

export function isLoggedIn({ state }: Pick<AccountStatus, 'state'>): boolean {
  return state === 'online' || state === 'degraded'
}

function hasAnswer(status: AccountStatus): boolean {
  return status.qr !== undefined || isLoggedIn(status) || status.state === 'failed'
}

/**
 * Shows each code in the terminal until a person has scanned one.
 * @throws `login-failed`; `login-timeout` after {@link loginTimeoutMs}
 */
export async function loginInTerminal(desk: LoginDesk, accountId: string, terminal: Terminal): Promise<void> {
  const endMs = performance.now() + loginTimeoutMs
  let shown: string | undefined
  let answer = await desk.wait({ accountId, timeoutMs: 1 })
  // One that runs is only watched: the gateway would stop it for the login, and leave it so when this process is ended.
  if (answer.state === 'idle') answer = await desk.start({ accountId })
  while (performance.now() < endMs) {
    const { connected, state, message, qrText, qrDataUrl: currentQrDataUrl } = answer
    if (connected) return terminal.log(message)
    if (state === 'failed' || state === 'idle') throw new MoltbotError('login-failed', message)
    if (qrText !== undefined && qrText !== shown) {
      terminal.log(
        `Scan this code with WeChat:\n${drawModules(encode(qrText, { border: 2 }).data)}\n${qrText}`,
      )
      shown = qrText
    } else await pause(askAgainMs)
    answer = await desk.wait({ accountId, ...(currentQrDataUrl !== undefined && { currentQrDataUrl }) })
  }
  throw new MoltbotError('login-timeout', 'The code was not scanned within 5 minutes.')
}

/** Logins in the gateway, asked from the process of a command. */
export function gatewayDesk({ callGatewayFromCli }: HostGateway): LoginDesk {
  const ask = async (method: string, question: LoginQuestion): Promise<LoginAnswer> => {
    const timeout = String((question.timeoutMs ?? answerTimeoutMs) + gatewayGraceMs)
    const params = { channel: hostChannelId, ...question }
    const answer = await callGatewayFromCli(method, { timeout }, params, { progress: false })
    return { connected: false, state: 'starting', message: '', ...answer }
  }
  return {
    start: (question) => ask('web.login.start', question),
    wait: (question) => ask('web.login.wait', question),
  }
}
