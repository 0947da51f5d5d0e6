// A medium of the user: encrypted, laid on the CDN, and described by an item that is ready for an inbound message.

import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import type { JsonObject } from '../json.ts'
import { decrypt, encrypt, openWith } from '../media/cipher.ts'
import { samplePieces } from '../media/sample.ts'
import type { MediaKind } from '../media/store.ts'
import { itemTypes } from '../message.ts'
import type { World } from '../state/world.ts'
import { ControlRefusal } from './refusal.ts'
import type { mediaSchema } from './schemas.ts'

type Order = z.output<typeof mediaSchema>
/** A stored file, as an item describes it. */
type Shelved = { media: JsonObject; key: Buffer; plainBytes: number; cipherBytes: number; md5: string }

export async function makeMedia(world: World, order: Order): Promise<JsonObject> {
  return order.fromWav ? itemOf(world, await recorded(order)) : itemOf(world, order)
}

/** What a phone records. The encoder is loaded only where one speaks. */
async function recorded(order: Order): Promise<Order> {
  const { encode, isWav } = await import('silk-wasm')
  const wav = Buffer.from(order.base64 ?? '', 'base64')
  if (!isWav(wav)) throw new ControlRefusal(400, 'base64: expected a WAV file')
  const { data, duration } = await encode(wav, 0).catch((error: unknown) => {
    throw new ControlRefusal(400, `base64: this WAV file cannot be a voice message: ${error}`)
  })
  const silk = { encodeType: 6, sampleRate: 24_000, playTimeMs: Math.round(duration) }
  return { ...order, ...silk, base64: Buffer.from(data).toString('base64') }
}

function itemOf(world: World, order: Order): JsonObject {
  const shelved = shelve(world, order)
  const body = bodyOf[order.kind](shelved, order)
  return { type: itemTypes[order.kind], [`${order.kind}_item`]: { media: shelved.media, ...body } }
}

function shelve(world: World, order: Order): Shelved {
  const { pieces, plainBytes } = contentOf(order)
  const key = randomBytes(16)
  const { cipher, md5 } = encrypt(key, pieces, plainBytes)
  const stored = cipher.subarray(0, order.truncateTo)
  const param = world.media.put({ kind: order.kind, cipher: stored, key, plain: { size: plainBytes, md5 } })
  const told = order.wrongKey ? keyThatFailsFor(cipher) : key
  const url = `${world.cdnUrl}/download?${new URLSearchParams({ encrypted_query_param: param })}`
  const media: JsonObject = {
    encrypt_query_param: param,
    // The service encodes the key of an image from its bytes and every other key from its hex text.
    aes_key: (order.kind === 'image' ? told : Buffer.from(told.toString('hex'))).toString('base64'),
    encrypt_type: 1,
    ...(world.settings.mediaUrls === 'full' && { full_url: url }),
  }
  return { media, key: told, plainBytes, cipherBytes: cipher.length, md5 }
}

/** What is inside a stored file, whoever uploaded it. */
export function openMedia(world: World, param: string): { kind: MediaKind; base64: string } {
  const medium = world.media.get(param)
  const plain = medium?.key && decrypt(medium.key, medium.cipher)
  if (!medium || !plain) throw new ControlRefusal(404, 'param: there is no such file that opens with its key')
  return { kind: medium.kind, base64: plain.toString('base64') }
}

/** One key in 256 or so yields valid padding by chance, and the last block alone holds the padding. */
function keyThatFailsFor(cipher: Buffer): Buffer {
  const key = randomBytes(16)
  return openWith(key, cipher.subarray(-16)) === undefined ? key : keyThatFailsFor(cipher)
}

function contentOf({ kind, base64, size }: Order): { pieces: Iterable<Buffer>; plainBytes: number } {
  if (base64 === undefined && size === undefined)
    throw new ControlRefusal(400, 'base64: expected base64 or size')
  if (base64 === undefined) return { pieces: samplePieces(kind, size ?? 0), plainBytes: size ?? 0 }
  const bytes = Buffer.from(base64, 'base64')
  return { pieces: [bytes], plainBytes: bytes.length }
}

const bodyOf: Record<MediaKind, (shelved: Shelved, order: Order) => JsonObject> = {
  image: ({ key, cipherBytes }) => ({
    aeskey: key.toString('hex'),
    mid_size: cipherBytes,
    hd_size: cipherBytes,
    thumb_width: 120,
    thumb_height: 120,
  }),
  video: ({ cipherBytes, md5 }, { playTimeMs }) => ({
    video_size: cipherBytes,
    play_length: playTimeMs,
    video_md5: md5,
  }),
  file: ({ plainBytes, md5 }, { name }) => ({ file_name: name ?? 'file.bin', md5, len: `${plainBytes}` }),
  voice: (_shelved, { encodeType, sampleRate, playTimeMs, text }) => ({
    encode_type: encodeType,
    bits_per_sample: 16,
    sample_rate: sampleRate,
    playtime: playTimeMs,
    ...(text !== undefined && { text }),
  }),
}
