/**
 * Wechaty's service client, with its cache of contacts and groups in memory, and an end that can be forced. The library's
 * cache is a LevelDB in the home folder, in a folder that is named after the token: any user who can list the folder has the
 * token, and a second client of the same token ends the process with an error that nothing can catch.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { FileBoxInterface } from 'file-box'
import { Puppet } from 'wechaty-puppet'
import { PuppetService } from 'wechaty-puppet-service'
import { EventFlow, type EventLimits, type EventStream } from './event-flow.ts'
import { downloadSafely, requestFile } from './hosted-files.ts'

/** An entry takes about half a kilobyte. */
const maxContacts = 10_000
const maxGroups = 1_000

/** The private member of the library (1.19) that takes the events of the server. */
const takeEvent = 'onGrpcStreamEvent'
/** `EVENT_TYPE_MESSAGE` of wechaty-grpc's event.proto. */
const messageType = 2
/** `ALREADY_EXISTS` of gRPC. */
const alreadyExists = 6
/** Of UTF-16 units. A QR code that is an image of its own takes a few thousand. */
const maxPayloadLength = 256 * 1024

type Manager = PuppetService['grpcManager']

export class HostedPuppet extends PuppetService {
  /** An event of the server is being taken. */
  #isTaking = false
  /** One for each start. */
  readonly #connections: HostedConnection[] = []
  readonly #flow: EventFlow
  readonly #inUse = Promise.withResolvers<MoltbotError>()

  /** @param limits for its events; defaults to what suits real puppets */
  constructor(options: ConstructorParameters<typeof PuppetService>[0], limits?: EventLimits) {
    super(options)
    this.#flow = new EventFlow(limits)
    const take: unknown = Reflect.get(this, takeEvent)
    if (typeof take !== 'function') throw new Error(`wechaty-puppet-service has no ${takeEvent} any more`)
    const guarded = (event: unknown) => {
      this.#isTaking = true
      try {
        this.#admit(event)
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

  /**
   * Resolves with `puppet-in-use` when the server has another client, and with `puppet-flood` when it has sent too many
   * events for too long.
   */
  get died(): Promise<MoltbotError> {
    return Promise.race([this.#inUse.promise, this.#flow.flood])
  }

  /** Whether events wait in the connection, an answer to `ding` perhaps among them. */
  get isHeldBack(): boolean {
    return this.#flow.isHeldBack
  }

  /** Leaves further events in the connection as long as the messages that came wait to be stored. */
  holdMessages(isHeld: boolean): void {
    this.#flow.hold(isHeld)
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
    this.#flow.end()
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
    this.#connections.push(new HostedConnection(manager, (stream) => this.#follow(stream)))
  }

  /** The library takes a stream that was refused for one on which nothing comes. */
  #follow(stream: EventStream & Call): void {
    this.#flow.follow(stream)
    stream.once('error', (error) => {
      if (Reflect.get(Object(error), 'code') === alreadyExists) this.#inUse.resolve(inUse())
    })
  }

  /** @throws where it is too large to be a real one */
  #admit(event: unknown): void {
    if (!isStreamEvent(event)) return
    if (event.getType() !== messageType) this.#flow.take()
    const { length } = event.getPayload()
    if (length > maxPayloadLength) throw new Error(`the puppet emitted an event of ${length} characters`)
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

const inUse = () =>
  new MoltbotError(
    'puppet-in-use',
    "the puppet's server has another client: stop the one that uses this token, or if there is none restart the server, which has not noticed its end",
    { retryable: true },
  )

interface StreamEvent {
  getType(): number
  getPayload(): string
}

function isStreamEvent(value: unknown): value is StreamEvent {
  return typeof value === 'object' && value !== null && 'getType' in value && 'getPayload' in value
}

interface Call {
  cancel(): void
  once(event: 'status' | 'error', listener: (value: unknown) => void): unknown
}

/**
 * The calls of one connection. The library keeps none of them, and closing its client leaves open calls open: a stream
 * that was being connected when the puppet stopped would go on to receive messages.
 */
class HostedConnection {
  readonly #manager: Manager
  readonly #onStream: (stream: EventStream & Call) => void
  readonly #calls = new Set<Call>()
  #isDestroyed = false

  /** @param onStream called with the stream of the server's events */
  constructor(manager: Manager, onStream: (stream: EventStream & Call) => void) {
    this.#manager = manager
    this.#onStream = onStream
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
        if (!isCall(result)) return result
        this.#note(result)
        if (member === client.event && isEventStream(result)) this.#onStream(result)
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

function isEventStream(value: Call): value is EventStream & Call {
  return 'pause' in value && 'resume' in value
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
