/**
 * An iLink account on the phone. The simulator knows what both sides wrote; a message of another program, such as
 * `sandbox say`, is shown too.
 */

import type { ControlClient } from 'ilink-simulator'
import { z } from 'zod'
import { ownerId } from '../person.ts'
import { Chats, directChat, type ShownMessage } from './chats.ts'
import { type Named, People, type PhoneLine, type Saying } from './phone-line.ts'

const medium = z.object({ media: z.object({ encrypt_query_param: z.string() }) })
const itemSchema = z.object({
  text_item: z.object({ text: z.string() }).optional(),
  image_item: medium.optional(),
  video_item: medium.optional(),
  voice_item: medium.extend({ text: z.string().optional() }).optional(),
  file_item: medium.extend({ file_name: z.string().optional() }).optional(),
})

export class IlinkLine implements PhoneLine {
  readonly people = new People((number) => (number === 1 ? ownerId : `person-${number}@im.wechat`))
  readonly groups = []
  readonly chats = new Chats()
  /** The bot that the account is logged in as now. */
  botId: string
  readonly #control: ControlClient
  #heard = 0
  #sent = 0
  #refreshing: Promise<void> = Promise.resolve()

  constructor(botId: string, control: ControlClient) {
    this.botId = botId
    this.#control = control
  }

  async say({ id: from }: Named, _groupId: undefined, { text, file }: Saying): Promise<void> {
    const { botId } = this
    if (file === undefined) {
      await this.#control.inbound({ botId, from, text })
      return
    }
    const { kind, name, base64 } = file
    // What a voice message says is recognised by WeChat, which here is what was typed.
    const voice = kind === 'voice' ? { fromWav: true, ...(text !== '' && { text }) } : {}
    const item = await this.#control.media({ kind, name, base64, ...voice })
    const { messageId } = await this.#control.inbound({ botId, from, item })
    this.chats.keep(partId(messageId, 0), base64)
    if (kind !== 'voice' && text !== '') await this.#control.inbound({ botId, from, text })
  }

  async isTyping({ id }: Named): Promise<boolean> {
    return (await this.#control.typing(this.botId)).includes(id)
  }

  /** One after the other, so that no message is taken twice. */
  refresh(): Promise<void> {
    this.#refreshing = this.#refreshing.then(
      () => this.#takeNew(),
      () => this.#takeNew(),
    )
    return this.#refreshing
  }

  async #takeNew(): Promise<void> {
    const { botId } = this
    const [heard, sent] = await Promise.all([
      this.#control.heard({ botId, after: this.#heard }),
      this.#control.sent({ botId, after: this.#sent }),
    ])
    for (const { seq, from, ...message } of heard) {
      await this.#show(from, message, this.people.named(from))
      this.#heard = seq
    }
    for (const { seq, to, ...message } of sent) {
      await this.#show(to, message, undefined)
      this.#sent = seq
    }
  }

  /** @param sender undefined for the bot */
  async #show(personId: string, message: WireMessage, sender: Named | undefined): Promise<void> {
    const { messageId, atMs, items } = message
    for (const [index, item] of items.entries()) {
      const { param, ...content } = contentOf(item)
      const id = partId(messageId, index)
      const isNeeded = param !== undefined && !this.chats.hasFile(id)
      const base64 = isNeeded ? (await this.#control.openMedia(param)).base64 : undefined
      const shown: ShownMessage = { id, atMs, ...content, ...(sender && { sender }) }
      this.chats.add(directChat(personId), shown, base64)
    }
  }
}

interface WireMessage {
  readonly messageId: string
  readonly atMs: number
  readonly items: readonly unknown[]
}

const partId = (messageId: string, index: number) => `${messageId}-${index}`

type Content = Pick<ShownMessage, 'kind' | 'text' | 'file'> & { readonly param?: string }

/** What a phone cannot show is an empty text, as on a phone. */
function contentOf(item: unknown): Content {
  const { text_item, image_item, video_item, voice_item, file_item } = itemSchema.safeParse(item).data ?? {}
  if (image_item) return { kind: 'image', text: '', ...named('picture', image_item) }
  if (video_item) return { kind: 'video', text: '', ...named('video.mp4', video_item) }
  if (voice_item) return { kind: 'voice', text: voice_item.text ?? '', ...named('voice.wav', voice_item) }
  if (file_item) return { kind: 'file', text: '', ...named(file_item.file_name ?? 'file', file_item) }
  return { kind: 'text', text: text_item?.text ?? '' }
}

const named = (name: string, { media }: z.infer<typeof medium>) => ({
  file: { name },
  param: media.encrypt_query_param,
})
