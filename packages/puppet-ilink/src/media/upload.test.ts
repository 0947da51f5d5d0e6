import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answer, type CdnServer, deterministicBytes, startCdn } from '../../test/cdn-server.ts'
import { downloadMedia } from './download.ts'
import { fileItem, imageItem, itemOf, videoItem } from './items.ts'
import { mediaRefOf } from './reference.ts'
import { type UploadOptions, type UploadUrlRequest, uploadMedia } from './upload.ts'

const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

const plain = deterministicBytes(3_000_001)
let cdn: CdnServer
let folder: string
let source: { path: string; name: string }
let stop: AbortController
let asked: UploadUrlRequest[]
let options: UploadOptions

beforeEach(async () => {
  cdn = await startCdn()
  folder = await mkdtemp(join(tmpdir(), 'media-upload-'))
  source = { path: join(folder, 'source'), name: '../报告.pdf' }
  await writeFile(source.path, plain)
  stop = new AbortController()
  asked = []
  options = {
    kind: 'file',
    toUserId: 'Someone@im.wechat',
    requestUploadUrl: async (request) => {
      asked.push(request)
      return { uploadParam: 'secret-param' }
    },
    cdnBaseUrl: cdn.baseUrl,
    signal: stop.signal,
    maxBytes: plain.length,
    retryDelaysMs: [1, 1],
  }
})
afterEach(async () => {
  await cdn.close()
  await rm(folder, { recursive: true })
})

const failure = (code: string, retryable = false) => ({ name: 'MediaError', code, retryable, certain: true })

/** Sends the file and fetches it again as the receiver's phone would. */
const roundTrip = async (): Promise<string> => {
  const uploaded = await uploadMedia(source, options)
  const ref = mediaRefOf(itemOf(uploaded))
  if (!ref) throw new Error('the item names no media')
  return (await downloadMedia(ref, join(folder, 'received'), options)).md5
}

describe('an upload', () => {
  it('arrives whole under a key of its own', async () => {
    expect(await roundTrip()).toBe(md5Of(plain))
    expect(await roundTrip()).toBe(md5Of(plain))
    expect(asked[0]?.aeskey).not.toBe(asked[1]?.aeskey)
  })

  it('declares sizes and hash of what it sends', async () => {
    const uploaded = await uploadMedia(source, options)
    expect(asked).toEqual([
      {
        filekey: expect.stringMatching(/^[0-9a-f]{32}$/),
        media_type: 3,
        to_user_id: 'Someone@im.wechat',
        rawsize: plain.length,
        rawfilemd5: md5Of(plain),
        filesize: uploaded.cipherSize,
        no_need_thumb: true,
        aeskey: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    ])
    expect(cdn.blobs.get('stored/secret-param')).toHaveLength(uploaded.cipherSize)
  })

  it('posts a plain body of known length', async () => {
    const { cipherSize } = await uploadMedia(source, options)
    const [post] = cdn.seen
    expect(post).toMatchObject({
      method: 'POST',
      url: `/c2c/upload?encrypted_query_param=secret-param&filekey=${asked[0]?.filekey}`,
      headers: { 'content-length': String(cipherSize), 'content-type': 'application/octet-stream' },
    })
    expect(post?.headers).not.toHaveProperty('transfer-encoding')
  })

  it('goes to the full URL when there is one', async () => {
    const uploadFullUrl = `${cdn.baseUrl}/upload?encrypted_query_param=full`
    await uploadMedia(source, {
      ...options,
      requestUploadUrl: async () => ({ uploadFullUrl, uploadParam: 'p' }),
    })
    expect([...cdn.blobs.keys()]).toEqual(['stored/full'])
  })

  it('builds items as phones accept them', async () => {
    const uploaded = await uploadMedia(source, options)
    const media = {
      encrypt_query_param: 'stored/secret-param',
      aes_key: Buffer.from(asked[0]?.aeskey ?? '').toString('base64'),
      encrypt_type: 1,
    }
    const { cipherSize } = uploaded
    expect(itemOf({ ...uploaded, kind: 'image' })).toEqual(imageItem(uploaded))
    expect(itemOf({ ...uploaded, kind: 'video' })).toEqual(videoItem(uploaded))
    expect(itemOf(uploaded)).toEqual(fileItem(uploaded))
    expect(imageItem(uploaded)).toEqual({ type: 2, image_item: { media, mid_size: cipherSize } })
    expect(videoItem(uploaded)).toEqual({ type: 5, video_item: { media, video_size: cipherSize } })
    expect(fileItem(uploaded)).toEqual({
      type: 4,
      file_item: { media, file_name: '报告.pdf', len: String(plain.length) },
    })
  })

  it.each([
    ['image', 1],
    ['video', 2],
    ['file', 3],
  ] as const)('sends a %s as media type %i', async (kind, mediaType) => {
    await uploadMedia(source, { ...options, kind })
    expect(asked[0]?.media_type).toBe(mediaType)
  })

  it('carries an empty file', async () => {
    await writeFile(source.path, '')
    expect(await roundTrip()).toBe(md5Of(Buffer.alloc(0)))
    expect(asked[0]).toMatchObject({ rawsize: 0, filesize: 16 })
  })

  it('arrives intact at a slow reader', async () => {
    let received = Buffer.alloc(0)
    cdn.faults.push(async (request, response) => {
      for await (const chunk of request) {
        received = Buffer.concat([received, chunk])
        if (received.length % 3 === 0) await sleep(1)
      }
      response.setHeader('x-encrypted-param', 'slow').end()
      cdn.blobs.set('slow', received)
    })
    expect(await roundTrip()).toBe(md5Of(plain))
  })
})

describe('a failing upload', () => {
  const noParam = answer(200)
  const reset = (request: IncomingMessage): void => void request.once('data', () => request.socket.destroy())

  it.each([
    ['a 5xx', answer(500)],
    ['an answer without a parameter', noParam],
    ['a broken connection', reset],
  ])('sends the whole file again after %s', async (_, fault) => {
    cdn.faults.push(fault, fault)
    expect(await roundTrip()).toBe(md5Of(plain))
    expect(cdn.seen.filter(({ method }) => method === 'POST')).toHaveLength(3)
    expect(asked).toHaveLength(1)
  })

  it('gives up after three tries', async () => {
    cdn.faults.push(answer(500), noParam, reset)
    await expect(uploadMedia(source, options)).rejects.toMatchObject(failure('media-unavailable', true))
    expect(cdn.seen).toHaveLength(3)
  })

  it('does not retry after 4xx, and reports it without secrets', async () => {
    const secret = 'x'.repeat(40)
    cdn.faults.push(answer(403, { 'x-error-message': `no more: ${secret} today` }))
    await expect(uploadMedia(source, options)).rejects.toMatchObject({
      ...failure('media-refused'),
      message: 'The media CDN answered 403: no more: … today',
    })
    expect(cdn.seen).toHaveLength(1)
  })

  it('stops sending when the answer comes early', async () => {
    cdn.faults.push((_, response) => response.writeHead(413).end())
    await writeFile(source.path, Buffer.alloc(30_000_000))
    const early = uploadMedia(source, { ...options, maxBytes: 30_000_000 })
    await expect(early).rejects.toMatchObject(failure('media-refused'))
  })

  it('follows no redirect', async () => {
    cdn.faults.push(answer(307, { location: '/c2c/upload?encrypted_query_param=x' }))
    await expect(uploadMedia(source, options)).rejects.toMatchObject(failure('media-refused'))
    expect(cdn.blobs.size).toBe(0)
  })

  it.each([
    ['takes no bytes', (request: IncomingMessage) => request.pause()],
    ['never answers', (request: IncomingMessage) => request.resume()],
    [
      'stalls in the headers',
      (_: IncomingMessage, { socket }: ServerResponse) => socket?.write('HTTP/1.1 200'),
    ],
  ])('ends when the CDN %s', async (_, fault) => {
    cdn.faults.push(fault)
    const stalled = uploadMedia(source, { ...options, timeoutMs: 60 })
    await expect(stalled).rejects.toMatchObject(failure('media-timeout', true))
    expect(cdn.seen).toHaveLength(1)
  })

  it('rejects with the reason of the signal', async () => {
    cdn.faults.push(async (request) => {
      await once(request, 'data')
      stop.abort(new Error('stopped'))
    })
    await expect(uploadMedia(source, options)).rejects.toThrow('stopped')
  })

  it('notices that the file became shorter meanwhile', async () => {
    const requestUploadUrl = async () => {
      await truncate(source.path, 1_000_000)
      return { uploadParam: 'p' }
    }
    await expect(uploadMedia(source, { ...options, requestUploadUrl })).rejects.toMatchObject(
      failure('media-source-changed', true),
    )
    expect(cdn.blobs.size).toBe(0)
  })

  it('refuses a file over the cap before it requests an upload URL', async () => {
    const large = uploadMedia(source, { ...options, maxBytes: plain.length - 1 })
    await expect(large).rejects.toMatchObject(failure('media-too-large'))
    expect(asked).toEqual([])
  })

  it.each(['missing', 'a folder'])('refuses a source that is %s', async (what) => {
    await rm(source.path)
    if (what === 'a folder') await mkdir(source.path)
    await expect(uploadMedia(source, options)).rejects.toMatchObject(failure('media-file-failed'))
  })

  it('fails with a code when it gets no upload URL', async () => {
    const nowhere = uploadMedia(source, { ...options, requestUploadUrl: async () => ({}) })
    await expect(nowhere).rejects.toMatchObject(failure('media-url-missing'))
  })

  it('passes on the error of the upload URL request', async () => {
    const requestUploadUrl = () => Promise.reject(new Error('session expired'))
    await expect(uploadMedia(source, { ...options, requestUploadUrl })).rejects.toThrow('session expired')
  })
})
