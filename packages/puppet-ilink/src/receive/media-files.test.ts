import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type CdnServer, deterministicBytes, encrypted, startCdn } from '../../test/cdn-server.ts'
import type { MediaContent } from '../schema/content.ts'
import { MediaFolder } from '../store/media-folder.ts'
import { MediaFiles } from './media-files.ts'

const key = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
const plain = deterministicBytes(1_000)
const media = { encrypt_query_param: 'p', aes_key: key.toString('base64') }
const content: MediaContent = { kind: 'file', item: { type: 4, file_item: { media, file_name: 'a.bin' } } }

let cdn: CdnServer
let folder: MediaFolder
let files: MediaFiles
beforeEach(async () => {
  cdn = await startCdn()
  cdn.blobs.set('p', encrypted(plain, key))
  folder = new MediaFolder(undefined)
  files = new MediaFiles(folder, { cdnBaseUrl: cdn.baseUrl }, new AbortController().signal)
})
afterEach(async () => {
  await cdn.close()
  await folder.dispose()
})

/** Half of the file comes, and the rest does not. Resolves with its connection when the download has begun. */
function stall(): Promise<ServerResponse> {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>()
  cdn.faults.push((_, response) => {
    response.writeHead(200, { 'content-length': 2_000 })
    response.write('half', () => resolve(response))
  })
  return promise
}

it('ends the download of a file that its only caller gives up', async () => {
  const stalled = stall()
  const stop = new AbortController()
  const file = files.file('m1', content, { signal: stop.signal })
  const closed = once(await stalled, 'close')
  stop.abort(new Error('given up'))
  await expect(file).rejects.toThrow('given up')
  await closed
})

it('downloads a file anew for a caller who asks after that', async () => {
  const stalled = stall()
  const stop = new AbortController()
  const file = files.file('m1', content, { signal: stop.signal })
  await stalled
  stop.abort(new Error('given up'))
  await expect(file).rejects.toThrow('given up')
  expect((await (await files.file('m1', content)).toBuffer()).equals(plain)).toBe(true)
})

it('goes on for another caller who waits for the same file', async () => {
  const stalled = stall()
  const stop = new AbortController()
  const given = files.file('m1', content, { signal: stop.signal })
  const other = files.file('m1', content)
  const response = await stalled
  stop.abort(new Error('given up'))
  await expect(given).rejects.toThrow('given up')
  expect(response.destroyed).toBe(false)
  // The other one gets the file by the next attempt.
  response.destroy()
  expect((await (await other).toBuffer()).equals(plain)).toBe(true)
  expect(cdn.seen).toHaveLength(2)
})

it('does not download a file that is larger than its caller takes', async () => {
  await expect(files.file('m1', content, { maxBytes: 999 })).rejects.toMatchObject({
    code: 'media-too-large',
  })
  expect((await (await files.file('m1', content, { maxBytes: 1_000 })).toBuffer()).equals(plain)).toBe(true)
})
