/**
 * Three accounts of one gateway, each with its own backend and its own rules. The same user has the same id at each, in a
 * direct chat and in groups with the same id.
 */

import { type ModelRequest, type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { type Backend, startBackend } from './backend.ts'
import { configOf } from './config.ts'
import { GatewayHome, type RunningGateway } from './gateway.ts'
import { type HostedPerson, startHostedPerson } from './hosted-person.ts'
import { until } from './process.ts'

// Without an `@`, because puppet-mock would treat it as the id of a group.
export const person = 'o9Person'
export const group = 'o9Group@chatroom'

/** The account on iLink, which has no groups. The other two use hosted puppets. */
const onILink = {
  anyone: { dmPolicy: 'open', dmHistoryLimit: 1, dms: { [person]: { tools: ['time'] } } },
}
const onHostedPuppets = {
  listed: {
    dmPolicy: 'allowlist',
    allowFrom: [person],
    dmHistoryLimit: 2,
    dms: { [person]: { tools: [] } },
    groups: { [group]: { tools: ['time'], historyLimit: 1, systemPrompt: 'You serve listed.' } },
  },
  paired: {
    dmPolicy: 'pairing',
    dmHistoryLimit: 0,
    dms: { [person]: { tools: { deny: ['weather'] } } },
    groupPolicy: 'allowlist',
    groups: { [group]: { toolsBySender: { [person]: ['send_file'] }, historyLimit: 3 } },
  },
}

export const ids = ['anyone', 'listed', 'paired']
/** The accounts that can be in a group. */
export const groupIds = ['listed', 'paired']

/** Prefixes of names that only the user and the accounts may see, in addition to `person` and `group`. */
export const personalNames = ['o9Owner', 'Friend of', 'Room of']

export class ThreeAccounts {
  readonly backend: Backend
  readonly model: ModelServer
  readonly home: GatewayHome
  readonly gateway: RunningGateway
  readonly #people: ReadonlyMap<string, HostedPerson>
  /** Ids of the bots by account. */
  readonly #bots = new Map<string, string>()

  private constructor(
    backend: Backend,
    model: ModelServer,
    people: ReadonlyMap<string, HostedPerson>,
    home: GatewayHome,
    gateway: RunningGateway,
  ) {
    this.backend = backend
    this.model = model
    this.#people = people
    this.home = home
    this.gateway = gateway
  }

  /** Resolves when all three are online. */
  static async start(): Promise<ThreeAccounts> {
    const backend = await startBackend()
    const model = await startModelServer({ reply })
    const people = new Map<string, HostedPerson>()
    for (const id of groupIds) people.set(id, await startPerson(id))
    const hosted = Object.entries(onHostedPuppets).map(([id, rules]) => {
      return [id, { ...rules, puppet: 'service', puppetOptions: people.get(id)?.puppetOptions }]
    })
    const home = new GatewayHome(
      configOf(backend, model.baseUrl, { ...onILink, ...Object.fromEntries(hosted) }),
    )
    const three = new ThreeAccounts(backend, model, people, home, await home.startReady())
    await Promise.all([three.#logInByScan('anyone'), ...groupIds.map((id) => three.#logIn(id))])
    return three
  }

  async close(): Promise<void> {
    await this.home.dispose()
    const people = [...this.#people.values()].map((one) => one.close())
    await Promise.all([this.backend.close(), this.model.close(), ...people])
  }

  botIds(): string[] {
    return [...this.#bots.values()]
  }

  botOf(accountId: string): string {
    const botId = this.#bots.get(accountId)
    if (botId === undefined) throw new Error(`${accountId} has not logged in`)
    return botId
  }

  /** One message to each account, `<account> <round>`, all with the same id. */
  async sayToAll(round: number): Promise<void> {
    const messageId = `${7_000 + round}`
    for (const id of groupIds) this.#personOf(id).say(messageId, `${id} ${round}`)
    const botId = this.botOf('anyone')
    await this.backend.control.inbound({ botId, from: person, text: `anyone ${round}`, messageId })
  }

  /**
   * One message in the group of each account that has one, `<account> <text>`, all with the same id. Resolves when they
   * are decided on.
   */
  async sayInGroups(messageId: string, text: string, options?: { readonly toBot: boolean }): Promise<void> {
    for (const id of groupIds) this.#personOf(id).sayInGroup(messageId, `${id} ${text}`, options)
    for (const accountId of groupIds) {
      await this.gateway.line({ event: 'message.decided', accountId, messageId })
    }
  }

  /** Messages that the user received in the direct chat, when there are enough. */
  replies(accountId: string, atLeast: number): Promise<readonly string[]> {
    if (accountId === 'anyone') return this.backend.repliesOf(this.botOf(accountId), atLeast)
    return enough(this.#personOf(accountId).heard, atLeast)
  }

  repliesInGroup(accountId: string, atLeast: number): Promise<readonly string[]> {
    return enough(this.#personOf(accountId).heardInGroup, atLeast)
  }

  async #logInByScan(accountId: string): Promise<void> {
    const { url } = await this.gateway.line({ event: 'account.qr', accountId })
    const { botId } = await this.backend.scanAndConfirm(String(url), `o9Owner-${accountId}@im.wechat`)
    this.#bots.set(accountId, botId)
    await this.gateway.line({ event: 'account.state', accountId, state: 'online' })
  }

  async #logIn(accountId: string): Promise<void> {
    this.#bots.set(accountId, hostedBotId(accountId))
    this.#personOf(accountId).logIn()
    await this.gateway.line({ event: 'account.state', accountId, state: 'online' })
  }

  #personOf(accountId: string): HostedPerson {
    const found = this.#people.get(accountId)
    if (found === undefined) throw new Error(`${accountId} has no hosted puppet`)
    return found
  }
}

/** Calls the tool `time` before it answers a `question`, if it may. */
function reply({ lastUserText, tools, toolResults }: ModelRequest) {
  const wantsTime = lastUserText.includes('question') && tools.includes('time') && toolResults.length === 0
  return wantsTime
    ? { toolCalls: [{ name: 'time', input: {} }] }
    : `answer to ${lastUserText.split('\n').at(-1)}`
}

/** Names differ between the accounts, so that a name in the wrong account is detected. */
function startPerson(accountId: string): Promise<HostedPerson> {
  return startHostedPerson({
    botId: hostedBotId(accountId),
    person: { id: person, name: `Friend of ${accountId}` },
    group: { id: group, topic: `Room of ${accountId}` },
  })
}

const hostedBotId = (accountId: string) => `bot-of-${accountId}`

const enough = (heard: readonly string[], atLeast: number) =>
  until(() => (heard.length >= atLeast ? [...heard] : undefined))
