import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answer, type CdnServer, deterministicBytes, encrypted, startCdn } from '../../test/cdn-server.ts'
import { downloadMedia } from './download.ts'
import type { MediaRef } from './reference.ts'
import type { TransferOptions } from './transfer.ts'

const key = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
const plain = deterministicBytes(1_000_003)
const ref: MediaRef = { kind: 'file', encryptQueryParam: 'secret-param', aesKey: key.toString('hex') }
let cdn: CdnServer
let stranger: CdnServer
let folder: string
let destination: string
let stop: AbortController
let options: TransferOptions

beforeEach(async () => {
  cdn = await startCdn()
  stranger = await startCdn()
  folder = await mkdtemp(join(tmpdir(), 'media-download-'))
  destination = join(folder, 'received')
  stop = new AbortController()
  options = { cdnBaseUrl: cdn.baseUrl, signal: stop.signal, maxBytes: plain.length, retryDelaysMs: [1, 1] }
  cdn.blobs.set('secret-param', encrypted(plain, key))
})
afterEach(async () => {
  await cdn.close()
  await stranger.close()
  await rm(folder, { recursive: true })
})

const failure = (code: string, retryable = false) => ({ name: 'MediaError', code, retryable, certain: true })

/** Expects that the download fails with this code, reveals no secret and leaves no file. */
const expectFailure = async (download: Promise<unknown>, expected: object): Promise<void> => {
  const error = await download.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject(expected)
  expect(String(error)).not.toMatch(/secret|00112233/)
  expect(await readdir(folder)).toEqual([])
}

describe('a download', () => {
  it('stores the plain file with mode 0600 and returns size and md5', async () => {
    const stored = await downloadMedia(ref, destination, options)
    expect((await readFile(destination)).equals(plain)).toBe(true)
    expect(stored).toEqual({ size: plain.length, md5: createHash('md5').update(plain).digest('hex') })
    expect((await stat(destination)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['received'])
    expect(cdn.seen[0]?.url).toBe('/c2c/download?encrypted_query_param=secret-param')
  })

  it('stores a body that comes in the chunked coding, many chunks at once', async () => {
    const body = encrypted(plain, key)
    cdn.faults.push((_, response) => {
      for (let start = 0; start < body.length; start += 10_007)
        response.write(body.subarray(start, start + 10_007))
      response.end()
    })
    await downloadMedia(ref, destination, options)
    expect((await readFile(destination)).equals(plain)).toBe(true)
  })

  it('prefers the full URL', async () => {
    cdn.blobs.set('full', encrypted(Buffer.from('from the full URL'), key))
    const fullUrl = `${cdn.baseUrl}/download?encrypted_query_param=full`
    await downloadMedia({ ...ref, fullUrl }, destination, options)
    expect(await readFile(destination, 'utf8')).toBe('from the full URL')
  })

  it('makes no request to a foreign host in a full URL', async () => {
    await downloadMedia({ ...ref, fullUrl: `${stranger.baseUrl}/internal` }, destination, options)
    expect(stranger.seen).toEqual([])
    expect((await stat(destination)).size).toBe(plain.length)
  })

  it('stores an image without a key as it is', async () => {
    cdn.blobs.set('open', plain)
    await downloadMedia({ kind: 'image', encryptQueryParam: 'open' }, destination, options)
    expect((await readFile(destination)).equals(plain)).toBe(true)
  })

  it.each(['voice', 'file', 'video'] as const)('refuses a %s without a key', async (kind) => {
    const open = downloadMedia({ kind, encryptQueryParam: 'secret-param' }, destination, options)
    await expectFailure(open, failure('media-key-invalid'))
    expect(cdn.seen).toEqual([])
  })

  it('replaces an older file only when whole', async () => {
    await writeFile(destination, 'older')
    cdn.faults.push(answer(403))
    await expect(downloadMedia(ref, destination, options)).rejects.toMatchObject(failure('media-refused'))
    expect(await readFile(destination, 'utf8')).toBe('older')
    await downloadMedia(ref, destination, options)
    expect((await readFile(destination)).equals(plain)).toBe(true)
  })

  it('follows a redirect within the CDN and refuses one to another host', async () => {
    cdn.faults.push(answer(302, { location: '/c2c/download?encrypted_query_param=secret-param' }))
    await downloadMedia(ref, destination, options)
    await rm(destination)
    cdn.faults.push(answer(302, { location: `${stranger.baseUrl}/internal` }))
    await expectFailure(downloadMedia(ref, destination, options), failure('media-url-refused'))
    expect(stranger.seen).toEqual([])
  })

  it('does not run in circles', async () => {
    cdn.faults.push(...Array.from({ length: 20 }, () => answer(302, { location: '/c2c/again' })))
    await expectFailure(downloadMedia(ref, destination, options), failure('media-refused'))
    expect(cdn.seen).toHaveLength(4)
  })
})

describe('a failing download', () => {
  it('tries 5xx and broken connections again', async () => {
    cdn.faults.push(answer(503), (request) => request.socket.destroy())
    await downloadMedia(ref, destination, options)
    expect((await readFile(destination)).equals(plain)).toBe(true)
    expect(cdn.seen).toHaveLength(3)
  })

  it('starts over when the body breaks off', async () => {
    cdn.faults.push((_, response) => {
      response.writeHead(200, { 'content-length': plain.length })
      response.write(plain.subarray(0, 300_000), () => response.destroy())
    })
    await downloadMedia(ref, destination, options)
    expect((await readFile(destination)).equals(plain)).toBe(true)
  })

  it('gives up after three tries', async () => {
    cdn.faults.push(answer(500), answer(502), answer(524), answer(500))
    await expectFailure(downloadMedia(ref, destination, options), failure('media-unavailable', true))
    expect(cdn.seen).toHaveLength(3)
  })

  it('does not retry after 4xx, and reports it without secrets', async () => {
    cdn.faults.push(answer(404, { 'x-error-message': 'gone: secret-param-00112233445566778899aabbccddeeff' }))
    const download = downloadMedia(ref, destination, options)
    await expectFailure(download, {
      ...failure('media-refused'),
      message: 'The media CDN answered 404: gone: …',
    })
    expect(cdn.seen).toHaveLength(1)
  })

  it('ends when nothing listens', async () => {
    const { baseUrl } = cdn
    await cdn.close()
    await expectFailure(
      downloadMedia(ref, destination, { ...options, cdnBaseUrl: baseUrl }),
      failure('media-unavailable', true),
    )
    cdn = await startCdn()
  })

  it.each([
    ['before the headers', () => {}],
    ['in the body', (response: ServerResponse) => response.write(plain.subarray(0, 5000))],
  ])('ends when the CDN stands still %s, without a second try', async (_, stall) => {
    cdn.faults.push((_request, response) => stall(response))
    const download = downloadMedia(ref, destination, { ...options, timeoutMs: 50 })
    await expectFailure(download, failure('media-timeout', true))
    expect(cdn.seen).toHaveLength(1)
  })

  it('outlives the inactivity timeout while bytes keep coming', async () => {
    const blob = encrypted(plain.subarray(0, 400), key)
    cdn.faults.push(async (_, response) => {
      for (let at = 0; at < blob.length; at += 40) {
        response.write(blob.subarray(at, at + 40))
        await new Promise((resolve) => setTimeout(resolve, 30))
      }
      response.end()
    })
    const stored = await downloadMedia(ref, destination, { ...options, timeoutMs: 200 })
    expect(stored.size).toBe(400)
  })

  it('rejects with the reason of the signal while the body comes', async () => {
    cdn.faults.push((_, response) =>
      response.write(plain.subarray(0, 5000), () => stop.abort(new Error('stopped'))),
    )
    await expectFailure(downloadMedia(ref, destination, options), { message: 'stopped' })
  })

  it('rejects with the reason of the signal while it waits for the next try', async () => {
    cdn.faults.push((_, response) => {
      response.writeHead(500).end(() => setImmediate(() => stop.abort(new Error('stopped'))))
    })
    const waiting = downloadMedia(ref, destination, { ...options, retryDelaysMs: [3_600_000] })
    await expectFailure(waiting, { message: 'stopped' })
  })

  it('does not begin under an aborted signal', async () => {
    stop.abort(new Error('stopped'))
    await expectFailure(downloadMedia(ref, destination, options), { message: 'stopped' })
    expect(cdn.seen).toEqual([])
  })

  it('refuses a file whose announced length is over the cap', async () => {
    cdn.faults.push((_, response) => response.writeHead(200, { 'content-length': 5e9 }).write('start'))
    await expectFailure(downloadMedia(ref, destination, options), failure('media-too-large'))
  })

  it('stops at the cap when no length is announced', async () => {
    cdn.faults.push(async (_, response) => {
      for (let sent = 0; !response.destroyed && sent < 1e9; sent += plain.length)
        await new Promise((resolve) => response.write(plain, resolve))
    })
    await expectFailure(downloadMedia(ref, destination, options), failure('media-too-large'))
  })

  it('tells a wrong key by the padding', async () => {
    const wrong = { ...ref, aesKey: Buffer.alloc(16, 1).toString('base64') }
    await expectFailure(downloadMedia(wrong, destination, options), failure('media-undecryptable'))
  })

  it('tells a wrong key by the declared size and hash, when both are off', async () => {
    const md5 = '0'.repeat(32)
    const off = { ...ref, declared: { size: 5, md5 } }
    await expectFailure(downloadMedia(off, destination, options), failure('media-undecryptable'))
    const careless = { ...ref, declared: { size: plain.length, md5 } }
    expect((await downloadMedia(careless, destination, options)).size).toBe(plain.length)
  })

  it('fails with a code when the file cannot be written', async () => {
    const nowhere = downloadMedia(ref, join(folder, 'missing', 'file'), options)
    await expectFailure(nowhere, failure('media-file-failed'))
  })
})
