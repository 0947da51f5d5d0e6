/**
 * People behind a hosted puppet service, whose backend knows no ids of the sender: a part that is sent again is shown twice.
 */

import { types } from 'wechaty-puppet'
import { mock, PuppetMock } from 'wechaty-puppet-mock'
import { type HostedMock, startHostedMock } from '../support/hosted-mock.ts'
import type { Arrival } from './ledger.ts'
import { type Account, accounts, type People, type WrittenMessage } from './people.ts'

export async function startHostedPeople(): Promise<People> {
  const phones = new Phones()
  const services = new Map<Account, HostedMock>()
  for (const account of accounts) {
    const puppet = new RecordingPuppet(phones)
    // Logged in at each start: a puppet that has been idle for a minute starts again by itself. Without TLS, because Node does
    // not notice there that a client was killed while much was written to it, and PuppetServer admits one client at a time.
    const bot = { id: botId(account), name: 'Bot' }
    services.set(account, await startHostedMock({ puppet, plain: true, bot }))
  }
  return new HostedPeople(services, phones)
}

class Phones {
  #news: Arrival[] = []

  show(arrival: Arrival): void {
    this.#news.push(arrival)
  }

  take(): Arrival[] {
    return this.#news.splice(0)
  }
}

class RecordingPuppet extends PuppetMock {
  readonly #phones: Phones

  constructor(phones: Phones) {
    super({ mocker: new mock.Mocker() })
    this.#phones = phones
  }

  override async messageSendText(_to: string, text: string): Promise<void> {
    this.#phones.show({ text })
  }

  override async messageSendFile(...[, file]: Parameters<PuppetMock['messageSendFile']>): Promise<void> {
    const { length } = await file.toBuffer()
    this.#phones.show({ file: file.name, bytes: length })
  }
}

class HostedPeople implements People {
  readonly #services: ReadonlyMap<Account, HostedMock>
  readonly #phones: Phones
  readonly #written = new Map<number, () => void>()

  constructor(services: ReadonlyMap<Account, HostedMock>, phones: Phones) {
    this.#services = services
    this.#phones = phones
  }

  optionsOf(account: Account): object {
    return { puppet: 'service', puppetOptions: this.#services.get(account)?.puppetOptions }
  }

  async logIn(): Promise<void> {}

  async write({ account, person, n, text }: WrittenMessage): Promise<void> {
    const mocker = this.#services.get(account)?.mocker
    if (mocker === undefined) return
    const talkerId = personId(account, person)
    if (!mocker.cacheContactPayload.has(talkerId)) mocker.createContact({ id: talkerId, name: talkerId })
    const id = `message-${n}`
    const type = types.Message.Text
    mocker.MessageMock.create({ id, type, text, talkerId, listenerId: botId(account), timestamp: Date.now() })
    const deliver = () => mocker.puppet.emit('message', { messageId: id })
    this.#written.set(n, deliver)
    deliver()
  }

  repeat(open: readonly number[]): void {
    for (const n of open) this.#written.get(n)?.()
  }

  async read(): Promise<readonly Arrival[]> {
    return this.#phones.take()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#services.values()].map((service) => service.close()))
  }
}

const botId = (account: Account) => `bot-of-${account}`
/** Without an `@`, because puppet-mock would treat it as the id of a group. */
const personId = (account: Account, person: number) => `o9-${account}-${person}`
