/**
 * Location and key of a received file, read from a wire item. Plain data that can be stored and used later.
 */
import { z } from 'zod'

type MediaRefKind = 'image' | 'voice' | 'file' | 'video'

export interface MediaRef {
  kind: MediaRefKind
  /** Complete download URL; used instead of the parameter if its host belongs to the CDN. */
  fullUrl?: string
  /** Parameter for `<cdn>/download`. */
  encryptQueryParam?: string
  /** The key as it is on the wire, hex or base64. Only an image may have none: it is not encrypted then. */
  aesKey?: string
  /** Size and hash of the plain bytes, as the sender declared them. A hint: some senders are wrong. */
  declared?: { size: number; md5: string }
}

// A field of an unexpected type counts as absent.
const text = z.string().min(1).optional().catch(undefined)
const body = z
  .object({
    media: z.object({ full_url: text, encrypt_query_param: text, aes_key: text }).optional().catch(undefined),
    aeskey: text,
    md5: text,
    len: text,
  })
  .optional()
  .catch(undefined)
const wireItem = z.object({ image_item: body, video_item: body, file_item: body, voice_item: body })
type Body = z.infer<typeof body>

const md5Hex = /^[0-9a-f]{32}$/i
const decimal = /^\d{1,15}$/

/** The media of a message item, or undefined when it has none that could be fetched. Never throws. */
export const mediaRefOf = (item: unknown): MediaRef | undefined => {
  const parsed = wireItem.safeParse(item)
  if (!parsed.success) return undefined
  const { image_item, video_item, file_item, voice_item } = parsed.data
  return (
    refOf('image', image_item) ??
    refOf('video', video_item) ??
    refOf('file', file_item) ??
    refOf('voice', voice_item)
  )
}

const refOf = (kind: MediaRefKind, item: Body): MediaRef | undefined => {
  const { full_url: fullUrl, encrypt_query_param: encryptQueryParam, aes_key } = item?.media ?? {}
  if (!fullUrl && !encryptQueryParam) return undefined
  const aesKey = item?.aeskey ?? aes_key
  const declared = declaredOf(item)
  return {
    kind,
    ...(fullUrl && { fullUrl }),
    ...(encryptQueryParam && { encryptQueryParam }),
    ...(aesKey && { aesKey }),
    ...(declared && { declared }),
  }
}

const declaredOf = (item: Body): MediaRef['declared'] =>
  item?.md5 && item.len && md5Hex.test(item.md5) && decimal.test(item.len)
    ? { size: Number(item.len), md5: item.md5.toLowerCase() }
    : undefined
