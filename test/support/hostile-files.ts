/**
 * Files as no honest phone sends them.
 */

import { crc32, deflateSync } from 'node:zlib'

const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex')

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** A PNG of one bit a pixel. @param pixels compressed; default: all of them, in black */
export function png(width: number, height: number, pixels?: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 1
  const data = pixels ?? deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height))
  return Buffer.concat([
    pngSignature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A ZIP with one file of one byte. */
const zip = Buffer.from(
  '504b0304140000000000000021000c7f6c8d01000000010000000100000061' +
    '61504b01021400140000000000000021000c7f6c8d0100000001000000010000000000000000000000000000000000' +
    '61504b050600000000010001002f000000200000000000',
  'hex',
)

const script = Buffer.from('<script>alert(1)</script>')

/** Files that are two types at the same time, by what is in them. */
export const polyglots = {
  'a PNG that is a ZIP': Buffer.concat([png(1, 1), zip]),
  'a GIF that is a script': Buffer.concat([Buffer.from('474946383961010001000000002f2a', 'hex'), script]),
  'a JPEG that is a page': Buffer.concat([Buffer.from('ffd8ffe000104a464946', 'hex'), script]),
  'a PDF that is a ZIP': Buffer.concat([Buffer.from('%PDF-1.7\n'), zip]),
  'a ZIP that is a PDF': Buffer.concat([zip, Buffer.from('%PDF-1.7\n')]),
} as const

/** Names that lead out of a folder, hide what they are, or are too long. */
export const hostileNames = [
  '../../../etc/cron.d/evil.txt',
  '..\\..\\evil.txt',
  '..',
  '/etc/passwd',
  'a\u0000.txt',
  'gpj.\u202etxt.exe',
  '\u2066\u200fphoto\u2069.txt',
  'line\r\nbreak.txt',
  `${'长'.repeat(296)}.txt`,
  '.bashrc',
  'CON:<>|?*.txt',
  ' \t ',
] as const
