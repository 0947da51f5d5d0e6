/**
 * Wechaty's service client, with its cache of contacts and groups in memory, and an end that can be forced. The library's
 * cache is a LevelDB in the home folder, in a folder that is named after the token: any user who can list the folder has the
 * token, and a second client of the same token ends the process with an error that nothing can catch.
 */

import type { FileBoxInterface } from 'file-box'
import { Puppet } from 'wechaty-puppet'
import { PuppetService } from 'wechaty-puppet-service'
import { downloadSafely, requestFile } from './hosted-files.ts'

/** An entry takes about half a kilobyte. */
const maxContacts = 10_000
const maxGroups = 1_000

/** The private member of the library (1.19) that takes the events of the server. */
const takeEvent = 'onGrpcStreamEvent'

type Manager = PuppetService['grpcManager']

export class HostedPuppet extends PuppetService {
  /** An event of the server is being taken. */
  #isTaking = false
  /** One for each start. */
  readonly #connections: HostedConnection[] = []

  constructor(options: ConstructorParameters<typeof PuppetService>[0]) {
    super(options)
    const take: unknown = Reflect.get(this, takeEvent)
    if (typeof take !== 'function') throw new Error(`wechaty-puppet-service has no ${takeEvent} any more`)
    const guarded = (event: unknown) => {
      this.#isTaking = true
      try {
        Reflect.apply(take, this, [event])
      } catch (error) {
        // A payload that is not JSON would end the process: there is nothing between a stream and its listener.
        this.emit('error', error)
      } finally {
        this.#isTaking = false
      }
    }
    Object.defineProperty(this, takeEvent, { value: guarded })
    downloadSafely(this.FileBoxUuid, () => this.grpcManager.client)
  }

  override messageFile(messageId: string): Promise<FileBoxInterface> {
    return this.receiveFile(messageId, { signal: new AbortController().signal })
  }

  /** The file of a message. It is no longer fetched when `signal` aborts. */
  receiveFile(messageId: string, { signal }: { signal: AbortSignal }): Promise<FileBoxInterface> {
    return requestFile(this.grpcManager.client, this.FileBoxUuid, messageId, signal)
  }

  /**
   * Closes every connection of this puppet, whatever it is waiting for: nothing is sent or received any more, and calls
   * that are open fail.
   */
  destroy(): void {
    for (const connection of this.#connections.splice(0)) connection.destroy()
  }

  /**
   * The library answers the server's news of a logout with a call that logs out, and a hosted puppet that only restarts
   * would lose its login.
   */
  override async logout(reason?: string): Promise<void> {
    return this.#isTaking ? Puppet.prototype.logout.call(this, reason) : super.logout(reason)
  }

  /** Called by each start before the connection is made. */
  protected override bridgeGrpcEventStream(manager: Manager): void {
    super.bridgeGrpcEventStream(manager)
    this.#connections.push(new HostedConnection(manager))
  }

  /** Called by the base class's constructor, which opens no file before the first login. */
  protected override hookPayloadStore(): void {
    const cache = {
      contact: new BoundedCache(maxContacts),
      room: new BoundedCache(maxGroups),
      roomMember: new BoundedCache(maxGroups),
    }
    // The type of the property has private members, which nothing else can have.
    Reflect.set(this, '_payloadStore', cache)
    // The next login may be another account, whose ids mean other people.
    this.on('logout', () => {
      for (const part of Object.values(cache)) part.clear()
    })
  }
}

interface Call {
  cancel(): void
  once(event: 'status', listener: () => void): unknown
}

/**
 * The calls of one connection. The library keeps none of them, and closing its client leaves open calls open: a stream
 * that was being connected when the puppet stopped would go on to receive messages.
 */
class HostedConnection {
  readonly #manager: Manager
  readonly #calls = new Set<Call>()
  #isDestroyed = false

  constructor(manager: Manager) {
    this.#manager = manager
    const init: unknown = Reflect.get(manager, 'initClient')
    if (typeof init !== 'function') throw new Error('wechaty-puppet-service has no initClient any more')
    const initClient = async () => {
      if (this.#isDestroyed) throw new Error('the puppet was stopped')
      await Reflect.apply(init, manager, [])
      Reflect.set(manager, '_client', this.#watched(manager.client))
    }
    Object.assign(manager, { initClient })
  }

  destroy(): void {
    this.#isDestroyed = true
    for (const call of this.#calls) call.cancel()
    const close: unknown = Reflect.get(this.#manager, 'destroyClient')
    if (typeof close === 'function') Reflect.apply(close, this.#manager, [])
  }

  /** The client, with its calls noted as long as they are open. */
  #watched(client: Manager['client']): Manager['client'] {
    const watch =
      (member: CallableFunction) =>
      (...args: unknown[]) => {
        const result: unknown = Reflect.apply(member, client, args)
        if (isCall(result)) this.#note(result)
        return result
      }
    return new Proxy(client, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? watch(member) : member
      },
    })
  }

  #note(call: Call): void {
    this.#calls.add(call)
    call.once('status', () => this.#calls.delete(call))
  }
}

function isCall(value: unknown): value is Call {
  return typeof value === 'object' && value !== null && 'cancel' in value && 'once' in value
}

/** The three verbs by which the service client keeps what it knows, on a map that drops the oldest entry. */
class BoundedCache {
  readonly #values = new Map<string, unknown>()
  readonly #maxEntries: number

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  async get(key: string): Promise<unknown> {
    return this.#values.get(key)
  }

  async set(key: string, value: unknown): Promise<void> {
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size <= this.#maxEntries) return
    const [oldest] = this.#values.keys()
    if (oldest !== undefined) this.#values.delete(oldest)
  }

  async delete(key: string): Promise<boolean> {
    return this.#values.delete(key)
  }

  clear(): void {
    this.#values.clear()
  }
}
