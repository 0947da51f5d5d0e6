/**
 * The simulated iLink backend for tests.
 */

import { type ControlClient, controlClient, startSimulator } from 'ilink-simulator'
import { until } from './process.ts'

export interface Backend {
  readonly control: ControlClient
  /** `puppetOptions` of an account that uses this backend. */
  readonly puppetOptions: {
    readonly baseUrl: string
    readonly cdnBaseUrl: string
    readonly loginBaseUrl: string
  }
  /** Texts that the bot sent to its owner, oldest first. */
  replies(botId: string): Promise<string[]>
  /** `replies`, when there are at least this many. */
  repliesOf(botId: string, atLeast: number, timeoutMs?: number): Promise<string[]>
  /**
   * Scans and confirms the QR code with the text `url`.
   * @param botId of a bot that logs in once more; a new bot without it
   */
  scanAndConfirm(
    url: string,
    userId: string,
    botId?: string,
  ): Promise<{ readonly botId: string; readonly userId: string }>
  close(): Promise<void>
}

export async function startBackend(): Promise<Backend> {
  const simulator = await startSimulator()
  const control = controlClient(simulator.controlUrl)
  const replies = async (botId: string) => {
    const sent = await control.sent({ botId })
    return sent.map(({ items }) => textOf(items))
  }
  return {
    control,
    puppetOptions: { baseUrl: simulator.url, cdnBaseUrl: simulator.cdnUrl, loginBaseUrl: simulator.url },
    replies,
    repliesOf: (botId, atLeast, timeoutMs) => {
      const look = async () => {
        const texts = await replies(botId)
        return texts.length >= atLeast ? texts : undefined
      }
      return until(look, undefined, timeoutMs)
    },
    async scanAndConfirm(url, userId, botId) {
      const qrcode = new URL(url).searchParams.get('qrcode') ?? ''
      await control.scan(qrcode)
      return control.confirm(qrcode, { userId, ...(botId !== undefined && { botId }) })
    },
    close: () => simulator.close(),
  }
}

/** The text of a message with these items; empty for a file. */
export function textOf(items: unknown): string {
  const first: unknown = Array.isArray(items) ? items[0] : undefined
  const text: unknown = Reflect.get(Object(Reflect.get(Object(first), 'text_item')), 'text')
  return typeof text === 'string' ? text : ''
}
