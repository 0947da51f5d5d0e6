/**
 * People on the simulated iLink backend.
 */

import type { SettingsPatch } from '../../packages/ilink-simulator/src/settings.ts'
import { type Backend, startBackend } from '../support/backend.ts'
import type { RunningGateway } from '../support/gateway.ts'
import type { Arrival } from './ledger.ts'
import { type Account, accounts, type People, type WrittenMessage } from './people.ts'

const longestStartMs = 120_000
/** The smallest PNG. */
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII='

export async function startILinkPeople(delivery: SettingsPatch['delivery'] & string): Promise<People> {
  const backend = await startBackend()
  await backend.control.settings({ quota: 1_000_000, delivery })
  return new ILinkPeople(backend)
}

class ILinkPeople implements People {
  readonly #backend: Backend
  readonly #bots = new Map<Account, string>()
  #readUpTo = 0

  constructor(backend: Backend) {
    this.#backend = backend
  }

  optionsOf(): object {
    return { puppet: 'ilink', puppetOptions: this.#backend.puppetOptions }
  }

  async logIn(gateway: RunningGateway): Promise<void> {
    for (const account of accounts) {
      const { url } = await gateway.line({ event: 'account.qr', accountId: account }, longestStartMs)
      const { botId } = await this.#backend.scanAndConfirm(String(url), `o${account}@im.wechat`)
      this.#bots.set(account, botId)
    }
  }

  async write({ account, person, text, withPicture }: WrittenMessage): Promise<void> {
    const { control } = this.#backend
    const botId = this.#bots.get(account) ?? ''
    const from = `o${account}${person}@im.wechat`
    if (withPicture) {
      const item = await control.media({ kind: 'image', base64: picture })
      await control.inbound({ botId, from, item })
    }
    await control.inbound({ botId, from, text })
  }

  async read(): Promise<readonly Arrival[]> {
    const news = await this.#backend.control.sent({ after: this.#readUpTo })
    return news.map(({ seq, items, media }) => {
      this.#readUpTo = seq
      return media === undefined ? { text: textOf(items) } : { file: media.name, bytes: media.size }
    })
  }

  close(): Promise<void> {
    return this.#backend.close()
  }
}

function textOf(items: readonly object[]): string {
  return items
    .map((item) => String(Reflect.get(Object(Reflect.get(item, 'text_item')), 'text') ?? ''))
    .join('')
}
