/**
 * A message as iLink sends it, read as tolerantly as possible: a field of the wrong type counts as absent, unknown fields
 * and item types pass through, and nothing here throws. Ids stay decimal text.
 */

import { z } from 'zod'

export const itemType = { none: 0, text: 1, image: 2, voice: 3, file: 4, video: 5 } as const

const lenient = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined)

const text = lenient(z.string())
const count = lenient(z.number())
/** `message_id`, `msg_id`, `svr_id`: uint64, as text or as a number; zero and empty mean none. */
const id = lenient(
  z
    .union([z.string(), z.int().transform(String)])
    .transform((value) => (value === '' || value === '0' ? undefined : value)),
)

const media = lenient(
  z.looseObject({ encrypt_query_param: text, aes_key: text, encrypt_type: count, full_url: text }),
)

const partialText = lenient(
  z.object({ start: text, end: text, startindex: count, endindex: count, quotemd5: text }),
)

const textItem = lenient(z.looseObject({ text }))
const imageItem = lenient(z.looseObject({ media, thumb_media: media, aeskey: text, url: text }))
const voiceItem = lenient(
  z.looseObject({ media, text, encode_type: count, sample_rate: count, playtime: count }),
)
const fileItem = lenient(z.looseObject({ media, file_name: text, md5: text, len: text }))
const videoItem = lenient(z.looseObject({ media, thumb_media: media, video_size: count, play_length: count }))

const itemBody = {
  type: count,
  msg_id: id,
  create_time_ms: count,
  text_item: textItem,
  image_item: imageItem,
  voice_item: voiceItem,
  file_item: fileItem,
  video_item: videoItem,
}

const quotedItem = z.looseObject(itemBody)

const refMsg = lenient(
  z.looseObject({ title: text, message_item: lenient(quotedItem), svr_id: id, partial_text: partialText }),
)

const item = z.looseObject({ ...itemBody, ref_msg: refMsg })

export const wireMessage = z.looseObject({
  seq: count,
  message_id: id,
  client_id: text,
  from_user_id: text,
  to_user_id: text,
  group_id: text,
  create_time_ms: count,
  message_type: count,
  context_token: text,
  item_list: z.array(item.catch({})).optional().catch(undefined),
})

export type WireItem = z.infer<typeof quotedItem>
export type WireRef = NonNullable<z.infer<typeof refMsg>>
export type WirePartialText = NonNullable<z.infer<typeof partialText>>
export type WireMessage = z.infer<typeof wireMessage>

/** Reads any value; one that is not an object becomes an empty message. */
export const readWireMessage = (value: unknown): WireMessage => {
  const parsed = wireMessage.safeParse(value)
  return parsed.success ? parsed.data : {}
}
