/**
 * What a puppet emits, looked at before Wechaty takes it: an event that is malformed throws inside the puppet there, or
 * ends as a rejection that no one can catch; one that comes after the end revives what was ended.
 */

import type { Puppet } from 'wechaty-puppet'
import { z } from 'zod'

export interface PuppetEventHandlers {
  /** Any event, `error` included: the puppet is alive. */
  onEvent(): void
  /** Id of a received message. Wechaty does not hear of it: see `read-message.ts`. */
  onMessage(messageId: string): void
}

/** Ids are stored as long as their messages wait; real ones have less than a hundred characters. */
const id = z.string().min(1).max(1_024)
const anything = z.looseObject({})
const messageSchema = z.looseObject({ messageId: id })

/** Payloads of the events that move an account; of the others it is enough that there is one. */
const schemas: Readonly<Record<string, z.ZodType>> = {
  message: messageSchema,
  scan: z.looseObject({ status: z.number(), qrcode: z.string().optional() }),
  login: z.looseObject({ contactId: id }),
  logout: z.looseObject({ contactId: id, data: z.string().optional() }),
}
const ofUnknownShape: ReadonlySet<PropertyKey> = new Set(['error', 'start', 'stop'])

export class PuppetEvents {
  readonly #emit: (event: PropertyKey, ...payload: unknown[]) => boolean
  readonly #handlers: PuppetEventHandlers
  #isMuted = false

  constructor(puppet: Puppet, handlers: PuppetEventHandlers) {
    this.#emit = puppet.emit.bind(puppet)
    this.#handlers = handlers
    const emit = (event: PropertyKey, ...payload: unknown[]) => this.#take(event, payload)
    Object.assign(puppet, { emit })
  }

  /** From now on nothing of the puppet is heard. */
  mute(): void {
    this.#isMuted = true
  }

  #take(event: PropertyKey, payload: readonly unknown[]): boolean {
    if (this.#isMuted) return false
    this.#handlers.onEvent()
    if (!ofUnknownShape.has(event) && !(schemas[String(event)] ?? anything).safeParse(payload[0]).success) {
      return this.#emit('error', new Error(`the puppet emitted a malformed "${String(event)}" event`))
    }
    if (event !== 'message') return this.#emit(event, ...payload)
    this.#handlers.onMessage(messageSchema.parse(payload[0]).messageId)
    return true
  }
}
