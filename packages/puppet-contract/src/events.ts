/** Everything a puppet emits, in order: cases ask it what came, in which order, or wait for what is to come. */
import { EventEmitter, once } from 'node:events'
import { type Puppet, types } from 'wechaty-puppet'
import { within } from './deadline.ts'

type PuppetEventName = types.PuppetEventName | 'start' | 'stop'

const isEventName = (name: string): name is types.PuppetEventName => name in types.PUPPET_EVENT_DICT

/** The names of all events that a puppet may emit. */
export const eventNames: readonly PuppetEventName[] = [
  ...Object.keys(types.PUPPET_EVENT_DICT).filter(isEventName),
  'start',
  'stop',
]

export interface RecordedEvent {
  readonly name: PuppetEventName
  readonly payload: unknown
}

export class EventLog {
  readonly list: RecordedEvent[] = []
  readonly #grown = new EventEmitter()
  readonly #timeoutMs: number

  /** @param timeoutMs how long a case waits for an event */
  constructor(puppet: Puppet, timeoutMs: number) {
    this.#timeoutMs = timeoutMs
    for (const name of eventNames) {
      puppet.on(name, (payload?: unknown) => {
        this.list.push({ name, payload })
        this.#grown.emit('event')
      })
    }
  }

  named(name: PuppetEventName): readonly RecordedEvent[] {
    return this.list.filter((event) => event.name === name)
  }

  /**
   * The position of the first event at or after `from` that `accepts` takes. Rejects when none has come in time.
   * @param what said in the error
   */
  async find(
    what: string,
    accepts: (event: RecordedEvent) => boolean | Promise<boolean>,
    from = 0,
  ): Promise<number> {
    const search = async (): Promise<number> => {
      for (let at = from; ; at += 1) {
        if (at >= this.list.length) await once(this.#grown, 'event')
        const event = this.list[at]
        if (event && (await accepts(event))) return at
      }
    }
    const came = () => this.list.slice(from).map(({ name }) => name)
    return within(
      search(),
      this.#timeoutMs,
      () => `waiting for ${what} (came: ${came().join(', ') || 'nothing'})`,
    )
  }

  /** The position of the first event of that name at or after `from`. Rejects when none has come in time. */
  async position(name: PuppetEventName, from = 0): Promise<number> {
    return this.find(`the event '${name}'`, (event) => event.name === name, from)
  }

  /** The payload of the first event of that name at or after `from`. Rejects when none has come in time. */
  async payload(name: PuppetEventName, from = 0): Promise<unknown> {
    return this.list[await this.position(name, from)]?.payload
  }
}
