import { once } from 'node:events'
import { access, mkdtemp, readdir, utimes, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CdnServer, deterministicBytes, encrypted, startCdn } from '../../test/cdn-server.ts'
import { mediaFolderLimits } from '../limits.ts'
import type { MediaContent } from '../schema/content.ts'
import { MediaFolder } from '../store/media-folder.ts'
import type { MediaRoom, SpareFile } from '../store/media-room.ts'
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

describe('a stored file', () => {
  /** The file becomes old, and as many newer ones are stored as the folder keeps. */
  async function outdate() {
    await utimes(await folder.fileFor('m1'), 1, 1)
    for (let n = 0; n < mediaFolderLimits.maxFiles; n++)
      await writeFile(await folder.fileFor(`newer ${n}`), 'x')
  }
  const isThere = async () =>
    access(await folder.fileFor('m1')).then(
      () => true,
      () => false,
    )

  it('is not deleted while a caller uses it, however many are newer', async () => {
    const used = new AbortController()
    const box = await files.file('m1', content, { until: used.signal })
    await outdate()
    await files.file('m2', content)
    expect((await box.toBuffer()).equals(plain)).toBe(true)
    used.abort()
    await files.file('m3', content)
    expect(await isThere()).toBe(false)
  })

  it('is downloaded again after it was deleted', async () => {
    await files.file('m1', content)
    await outdate()
    await files.file('m2', content)
    expect(await isThere()).toBe(false)
    expect((await (await files.file('m1', content)).toBuffer()).equals(plain)).toBe(true)
  })

  it('is among the newest again when it is asked for', async () => {
    await files.file('m1', content)
    await outdate()
    await files.file('m1', content)
    await files.file('m2', content)
    expect(await isThere()).toBe(true)
  })
})

describe('room that is shared with others', () => {
  let grown: number[]
  let listed: () => Promise<readonly SpareFile[]>
  let limit: number
  let open: number
  const room: MediaRoom = {
    share: () => {
      open++
      return {
        grow: async (bytes) => {
          grown.push(bytes)
          if (bytes > limit) throw new Error('full')
        },
        giveBack: () => {
          open--
        },
      }
    },
    addSpare: (list) => {
      listed = list
      const counted = (bytes: number) => {
        limit = 1_500 - bytes
      }
      return { counted, close: () => undefined }
    },
  }
  let path: string
  beforeEach(async () => {
    grown = []
    limit = 1_500
    open = 0
    path = await mkdtemp(join(tmpdir(), 'puppet-ilink-room-'))
    await writeFile(join(path, 'left.abc.part'), 'of a kill')
    folder = new MediaFolder(path, room)
    files = new MediaFiles(folder, { cdnBaseUrl: cdn.baseUrl }, new AbortController().signal)
  })

  it('is taken before a file is written, and the file is then a spare one', async () => {
    const used = new AbortController()
    await files.file('m1', content, { until: used.signal })
    expect({ grown, limit, open }).toEqual({ grown: [1_000], limit: 500, open: 0 })
    expect(await listed()).toMatchObject([{ bytes: 1_000, inUse: true }])
    used.abort()
    const [file] = await listed()
    expect(file?.inUse).toBe(false)
    await file?.remove()
    expect(await readdir(path)).toEqual([])
  })

  it('ends a download that has none, and leaves nothing', async () => {
    await files.file('m1', content)
    await expect(files.file('m2', content)).rejects.toMatchObject({ code: 'media-no-room', retryable: true })
    expect(open).toBe(0)
    expect(await readdir(path)).toHaveLength(1)
  })
})
