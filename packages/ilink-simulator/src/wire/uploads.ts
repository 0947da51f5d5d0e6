// getuploadurl: the bot declares a file, the service says where to put it.

import { type JsonObject, numberAt, textAt } from '../json.ts'
import { maxUploadBytes } from '../limits.ts'
import { cipherSize, keyFromHex } from '../media/cipher.ts'
import type { MediaKind, Upload } from '../media/store.ts'
import type { World } from '../state/world.ts'
import { answer, type BotHandler, invalidArguments, refuse } from './call.ts'

const mediaKinds: Record<number, MediaKind> = { 1: 'image', 2: 'video', 3: 'file', 4: 'voice' }
const md5Hex = /^[0-9a-f]{32}$/i

export const getUploadUrl: BotHandler = ({ world, body, record }) => {
  const kind = mediaKinds[numberAt(body, 'media_type') ?? 0]
  if (kind === 'voice') return refuse({ ret: 2, errmsg: 'unsupported media_type' })
  const problems = kind ? problemsOf(body, '') : ['media_type is not 1, 2 or 3']
  record.violations.push(...problems)
  if (!kind || problems.length > 0) return refuse(invalidArguments)
  return answer({ ret: 0, ...mainPlace(world, kind, body), ...thumbPlace(world, kind, body) })
}

/** The complete URL came from the real service only with a `filekey` and without a wish for thumbnails. */
function mainPlace(world: World, kind: MediaKind, body: JsonObject): object {
  const upload = uploadOf(kind, body, '')
  const param = world.media.permit(upload)
  const hasUrl = world.settings.mediaUrls === 'full' && upload.filekey !== '' && body.no_need_thumb === true
  return { upload_param: param, ...(hasUrl && { upload_full_url: uploadUrl(world, param, upload.filekey) }) }
}

function thumbPlace(world: World, kind: MediaKind, body: JsonObject): object {
  if (body.no_need_thumb === true || numberAt(body, 'thumb_rawsize') === undefined) return {}
  if (problemsOf(body, 'thumb_').length > 0) return {}
  return { thumb_upload_param: world.media.permit(uploadOf(kind, body, 'thumb_')) }
}

type Prefix = '' | 'thumb_'

function uploadOf(kind: MediaKind, body: JsonObject, prefix: Prefix): Upload {
  return {
    kind,
    filekey: textAt(body, 'filekey'),
    cipherBytes: numberAt(body, `${prefix}filesize`) ?? 0,
    plain: {
      size: numberAt(body, `${prefix}rawsize`) ?? 0,
      md5: textAt(body, `${prefix}rawfilemd5`).toLowerCase(),
    },
    key: keyFromHex(textAt(body, 'aeskey')),
  }
}

function problemsOf(body: JsonObject, prefix: Prefix): string[] {
  const rawSize = numberAt(body, `${prefix}rawsize`) ?? -1
  const checks: [boolean, string][] = [
    [Number.isSafeInteger(rawSize) && rawSize >= 0, `${prefix}rawsize is not a size`],
    [md5Hex.test(textAt(body, `${prefix}rawfilemd5`)), `${prefix}rawfilemd5 is not an md5 in hex`],
    [
      numberAt(body, `${prefix}filesize`) === cipherSize(rawSize),
      `${prefix}filesize is not the encrypted size of ${prefix}rawsize`,
    ],
    [cipherSize(rawSize) <= maxUploadBytes, `${prefix}rawsize is too large`],
    [
      body.aeskey === undefined || keyFromHex(textAt(body, 'aeskey')) !== undefined,
      'aeskey is not 32 hex characters',
    ],
  ]
  return checks.filter(([isFine]) => !isFine).map(([, problem]) => problem)
}

function uploadUrl({ cdnUrl }: World, param: string, filekey: string): string {
  return `${cdnUrl}/upload?${new URLSearchParams({ encrypted_query_param: param, filekey })}`
}
