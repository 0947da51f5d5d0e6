import { spawn } from 'node:child_process'
import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { controlClient } from '../src/index.ts'
import { bot } from './wire.ts'

const fileBytes = 100_000_000
const maxPeakBytes = 400_000_000
const pieceBytes = 1_000_000
const key = randomBytes(16)
const piece = randomBytes(pieceBytes)

/** The file in pieces, first to learn its md5, then encrypted for the wire. */
function* plain(): Generator<Buffer> {
  for (let at = 0; at < fileBytes; at += pieceBytes) yield piece
}

function* encrypted(): Generator<Buffer> {
  const cipher = createCipheriv('aes-128-ecb', key, null)
  for (const part of plain()) yield cipher.update(part)
  yield cipher.final()
}

// Only Linux tells the peak memory of another process.
test.skipIf(!existsSync('/proc/self/status'))(
  '100 MB go up and come down in less than 400 MB of memory',
  async () => {
    const bin = fileURLToPath(new URL('../bin/ilink-simulator.js', import.meta.url))
    const child = spawn(process.execPath, [bin, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [line] = await once(createInterface(child.stdout), 'line')
      const { url, controlUrl } = JSON.parse(line)
      const { token, userId } = await controlClient(controlUrl).account()
      expect(await roundTrip(url, token, userId)).toBe(fileBytes + 16)
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      const [, peakKiB] = /VmHWM:\s+(\d+) kB/.exec(status) ?? []
      expect(Number(peakKiB) * 1024).toBeLessThan(maxPeakBytes)
    } finally {
      child.kill()
    }
  },
)

/** Uploads the file, downloads it again, and returns the bytes that came. */
async function roundTrip(url: string, token: string, userId: string): Promise<number> {
  const md5 = createHash('md5')
  for (const part of plain()) md5.update(part)
  const place = await bot(url, token).call('getuploadurl', {
    filekey: 'large',
    media_type: 3,
    to_user_id: userId,
    rawsize: fileBytes,
    rawfilemd5: md5.digest('hex'),
    filesize: fileBytes + 16,
    no_need_thumb: true,
    aeskey: key.toString('hex'),
  })
  const body = ReadableStream.from(encrypted())
  const upload = await fetch(`${place.upload_full_url}`, { method: 'POST', body, duplex: 'half' })
  const query = new URLSearchParams({ encrypted_query_param: upload.headers.get('x-encrypted-param') ?? '' })
  const download = await fetch(`${url}/c2c/download?${query}`)
  let bytes = 0
  for await (const chunk of download.body ?? []) bytes += chunk.length
  return bytes
}
