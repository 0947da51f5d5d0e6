/**
 * The plugin with an account whose puppet does everything wrong, inside the gateway of OpenClaw: it throws and rejects
 * wherever the channel or the host calls it, and where nothing calls it. All other accounts are as they are.
 */

import { EventEmitter } from 'node:events'
import { createReadStream } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PuppetMock } from 'wechaty-puppet-mock'
import { createChannel } from '../../extensions/wechat/dist/channel.js'
import type { HostModules } from '../../extensions/wechat/dist/openclaw/host-api.js'
import type { PluginApi } from '../../extensions/wechat/dist/openclaw/host-plugin.js'
import { register as registerPlugin } from '../../extensions/wechat/dist/openclaw/plugin.js'
import { createPuppet } from '../../extensions/wechat/dist/puppets/registry.js'

/** Between two attacks. */
const everyMs = 50
const storeLockedMs = 1_500

/** Sends of a text with this word are refused. */
const refused = 'refuse'

export function register(api: PluginApi, modules: HostModules): void {
  let attempts = 0
  registerPlugin(api, modules, {
    create: (host, config) =>
      createChannel(host, config, {
        createPuppet: async (account, place) => {
          if (account.id !== 'hostile') return createPuppet(account, place)
          attempts++
          if (attempts === 1) throw new Error('hostile: no puppet')
          if (attempts === 2) return Promise.reject(undefined)
          return { puppet: new HostilePuppet(join(host.stateDir, 'wechat.sqlite')) }
        },
      }),
  })
}

class HostilePuppet extends PuppetMock {
  readonly #storeFile: string

  constructor(storeFile: string) {
    super()
    this.#storeFile = storeFile
    const bot = this.mocker.createContact({ id: 'bot', name: 'Bot' })
    this.mocker.createContact({ id: 'alice', name: 'Alice' })
    this.mocker.use((mocker) => {
      if (!this.isLoggedIn) mocker.login(bot)
      setTimeout(() => void this.#attack(), everyMs)
      return () => undefined
    })
  }

  override ding(): void {
    throw new Error('hostile: ding')
  }

  override logout(): Promise<void> {
    return Promise.reject('hostile: logout')
  }

  override async messageSendText(to: string, text: string): Promise<void> {
    if (text.includes(refused)) return Promise.reject(Object.create(null))
    console.log(`hostile sends ${text}`)
    await super.messageSendText(to, text)
  }

  override async messageRawPayload(id: string) {
    if (id.startsWith('hostile')) throw new Error('hostile: payload')
    return super.messageRawPayload(id)
  }

  async #attack(): Promise<void> {
    for (const attack of this.#attacks()) {
      setTimeout(attack, 0)
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    await new Promise((resolve) => setTimeout(resolve, storeLockedMs))
    console.log('hostile attacked')
    const { ContactMock } = this.mocker
    ContactMock.load('alice').say('say "hostile answers"').to(ContactMock.load('bot'))
  }

  *#attacks(): Iterable<() => unknown> {
    const fail = (where: string, code?: string) => {
      throw Object.assign(new Error(`hostile: ${where}`), code === undefined ? {} : { code })
    }
    yield () => fail('timer')
    yield () => setImmediate(fail, 'immediate')
    yield () => process.nextTick(fail, 'tick')
    yield () => queueMicrotask(() => fail('microtask'))
    yield () => void Promise.reject(new Error('hostile: rejected'))
    yield () => void Promise.reject(undefined)
    yield () => void Promise.reject('hostile: a text')
    yield async () => fail('asynchronous')
    // Codes for which the host ends at once.
    yield async () => fail('configuration', 'INVALID_CONFIG')
    yield async () => fail('memory', 'ERR_OUT_OF_MEMORY')
    yield () => new EventEmitter().emit('error', new Error('hostile: no listener'))
    yield () => connect(1, '127.0.0.1')
    yield () => createReadStream('/nowhere')
    yield () => hangUp(() => fail('socket'))
    yield () => this.emit('error', { gerror: '{' })
    yield () => Reflect.apply(this.emit, this, ['error', undefined])
    yield () => Reflect.apply(this.emit, this, ['message', undefined])
    yield () => this.emit('message', { messageId: 'hostile' })
    yield () => Reflect.apply(this.emit, this, ['scan', { status: 'x', qrcode: 1 }])
    yield () => Reflect.apply(this.emit, this, ['room-join', null])
    yield () => this.on('dong', () => fail('listener'))
    yield () => this.emit('dong', { data: 'x' })
    yield () => this.#lockStore()
  }

  #lockStore(): void {
    const other = new DatabaseSync(this.#storeFile)
    other.exec('BEGIN EXCLUSIVE')
    setTimeout(() => other.close(), storeLockedMs)
  }
}

/** A connection that both sides give up, with errors that nobody listens for. */
function hangUp(onClose: () => void): void {
  const server = createServer((socket) => socket.resetAndDestroy()).listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (address === null || typeof address === 'string') return
    connect(address.port, '127.0.0.1').on('close', () => {
      server.close()
      onClose()
    })
  })
}
