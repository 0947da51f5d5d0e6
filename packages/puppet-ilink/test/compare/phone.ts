/**
 * The person's side of a job: the simulator's control API, with a memory for everything it has handed out, so that a
 * recorded value can be called by its name.
 */

import type { Binding, ControlClient, Inbound, RecordedRequest } from 'ilink-simulator'
import { until } from '../stage.ts'

export type Names = ReadonlyMap<string, string>
type Endpoint = RecordedRequest['endpoint']

export class Phone {
  readonly control: ControlClient
  readonly #names: Map<string, string>
  #messages = 0

  /** @param names of values that are known beforehand */
  constructor(control: ControlClient, names: Names) {
    this.control = control
    this.#names = new Map(names)
  }

  /** Value to name. */
  get names(): Names {
    return this.#names
  }

  async account(): Promise<Binding> {
    return this.#remember(await this.control.account())
  }

  /** The QR code that is shown, once it is another one than `before`. */
  async shownCode(before?: string): Promise<string> {
    let shown: string | undefined
    await until(async () => {
      shown = (await this.control.qrCodes())[0]?.qrcode
      return shown !== undefined && shown !== before
    })
    const qrcode = shown ?? ''
    this.#names.set(qrcode, '<qrcode>')
    return qrcode
  }

  async confirm(qrcode: string, wish: { userId?: string } = {}): Promise<Binding> {
    return this.#remember(await this.control.confirm(qrcode, wish))
  }

  async say({ botId }: Binding, message: Omit<Inbound, 'botId'>): Promise<void> {
    const { contextToken } = await this.control.inbound({ botId, ...message })
    this.#messages += 1
    this.#names.set(contextToken, `<context token ${this.#messages}>`)
  }

  /** Resolves when the client has asked an endpoint so often. */
  async asked(endpoint: Endpoint, count: number): Promise<void> {
    await until(async () => (await this.#requestsTo(endpoint)).length >= count)
  }

  /** Resolves when so many of these requests have been answered. */
  async answered(endpoint: Endpoint, count: number): Promise<void> {
    await until(
      async () => (await this.#requestsTo(endpoint)).filter(({ status }) => status === 200).length >= count,
    )
  }

  async #requestsTo(endpoint: Endpoint): Promise<RecordedRequest[]> {
    return (await this.control.requests()).filter((request) => request.endpoint === endpoint)
  }

  #remember(binding: Binding): Binding {
    this.#names.set(binding.token, '<token>').set(binding.botId, '<bot>').set(binding.userId, '<user>')
    return binding
  }
}
