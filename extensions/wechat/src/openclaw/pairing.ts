/**
 * The pairing requests of the channel in OpenClaw's own store, where `openclaw pairing` and the control UI decide on them.
 * The store does not tell which message asked, so that is noted beside it.
 */

import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { codeOf, type PairingAsk, type PairingRequestResult, type PairingStore } from '@moltbot/channel-sdk'
import type { ChannelRuntime } from './host-api.ts'
import { hostChannelId as channel, pairingId } from './ids.ts'

/** How long the host keeps a request. */
const requestLifeMs = 60 * 60_000
/** The host shows a request with these. */
const maxPreviewLength = 80

interface Asked {
  readonly messageId: string
  readonly atMs: number
}

export interface PairingOptions {
  readonly pairing: ChannelRuntime['pairing']
  /** Where the messages that asked are noted. */
  readonly file: string
}

export class OpenClawPairing implements PairingStore {
  readonly #options: PairingOptions

  constructor(options: PairingOptions) {
    this.#options = options
  }

  async isApproved(accountId: string, senderId: string, loginId?: string): Promise<boolean> {
    const approved = await this.#options.pairing.readAllowFromStore({ channel, accountId })
    return approved.includes(pairingId(senderId, loginId))
  }

  async request(accountId: string, senderId: string, ask: PairingAsk = {}): Promise<PairingRequestResult> {
    const { messageId = '', loginId, preview } = ask
    const id = pairingId(senderId, loginId)
    const meta = preview && { name: cut(preview.name), text: cut(preview.text) }
    const request = { channel, accountId, id, ...(meta && { meta }) }
    const { code, created } = await this.#options.pairing.upsertPairingRequest(request)
    if (code === '') return { status: 'full' }
    const key = JSON.stringify([accountId, id])
    if (created) this.#note(key, { messageId, atMs: Date.now() })
    const asked = this.#asked().get(key)
    const isSame = asked !== undefined && messageId !== '' && asked.messageId === messageId
    if (!created && !isSame) return { status: 'pending' }
    return { status: 'created', code, expiresAtMs: (asked?.atMs ?? Date.now()) + requestLifeMs }
  }

  #note(key: string, asked: Asked): void {
    const { file } = this.#options
    const all = [...this.#asked(), [key, asked] as const]
    const alive = all.filter(([, { atMs }]) => atMs > Date.now() - requestLifeMs)
    writeFileSync(`${file}.new`, JSON.stringify(alive), { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }

  #asked(): Map<string, Asked> {
    try {
      return new Map<string, Asked>(JSON.parse(readFileSync(this.#options.file, 'utf8')))
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return new Map()
      throw error
    }
  }
}

function cut(text: string): string {
  return text.slice(0, maxPreviewLength).toWellFormed()
}
