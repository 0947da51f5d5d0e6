/**
 * What the contract of Wechaty tells of a shared thing (`messageUrl`, `messageMiniProgram`, …), where the message itself
 * does not say it. Few puppets implement all of it, and a look-up that fails leaves the fact out.
 */

import { withDeadline } from '@moltbot/channel-sdk'
import { type Puppet, types } from 'wechaty-puppet'
import { z } from 'zod'
import type { Card, Written } from './words.ts'

const lookUpDeadlineMs = 2_000

/** Never rejects. */
export async function completeCard(puppet: Puppet, message: Written, card: Card): Promise<Card> {
  const lookUp = lookUps[message.type]
  const isComplete = card.title && (card.address || message.type !== types.Message.Url)
  if (lookUp === undefined || isComplete) return card
  const more = await withDeadline(() => lookUp(puppet, message.id), { ms: lookUpDeadlineMs }).catch(
    () => ({}),
  )
  const { title, detail, address }: Partial<Card> = more
  return {
    name: card.name,
    title: card.title || title,
    detail: card.detail || detail,
    address: card.address || address,
  }
}

type LookUp = (puppet: Puppet, id: string) => Promise<Omit<Card, 'name'>>

/** What a puppet returns is input like any other. The service client (1.19) fills in these words for what it lacks. */
const fillers: ReadonlySet<string> = new Set(['NOTITLE', 'NOURL', 'NONAME', 'NOADDRESS'])
const text = z
  .string()
  .transform((value) => (fillers.has(value) ? '' : value))
  .optional()
  .catch(undefined)
const number = z.number().optional().catch(undefined)
const link = z.object({ title: text, description: text, url: text })
const miniProgram = z.object({ title: text, description: text })
const place = z.object({ name: text, address: text, latitude: number, longitude: number })
const contact = z.object({ name: text })

const lookUps: Readonly<Partial<Record<types.Message, LookUp>>> = {
  [types.Message.Url]: async (puppet, id) => {
    const { title, description: detail, url: address } = link.parse(await puppet.messageUrl(id))
    return { title, detail, address }
  },
  [types.Message.MiniProgram]: async (puppet, id) => {
    const { title, description: detail } = miniProgram.parse(await puppet.messageMiniProgram(id))
    return { title, detail }
  },
  [types.Message.Location]: async (puppet, id) => {
    const { name: title, address = '', latitude, longitude } = place.parse(await puppet.messageLocation(id))
    const point = latitude && longitude ? ` (${latitude}, ${longitude})` : ''
    return { title, detail: `${address}${point}` }
  },
  [types.Message.Contact]: async (puppet, id) => {
    const { name: title } = contact.parse(await puppet.contactPayload(await puppet.messageContact(id)))
    return { title }
  },
}
