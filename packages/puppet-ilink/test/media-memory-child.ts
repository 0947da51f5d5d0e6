/**
 * Moves a big file and prints by how many bytes the peak of resident memory grew. A process of its own, so that nothing else
 * counts. Arguments: `download` or `upload`, CDN base, file, key in hex.
 */
import { rm } from 'node:fs/promises'
import { downloadMedia } from '../src/media/download.ts'
import { uploadMedia } from '../src/media/upload.ts'

const [direction, cdnBaseUrl = '', path = '', aesKey = ''] = process.argv.slice(2)
const options = { cdnBaseUrl, signal: new AbortController().signal, maxBytes: 1 << 30 }

const transfer = async (name: string): Promise<void> => {
  if (direction === 'download') {
    await downloadMedia({ kind: 'file', encryptQueryParam: name, aesKey }, `${path}.${name}`, options)
    return rm(`${path}.${name}`)
  }
  const requestUploadUrl = async () => ({ uploadParam: name })
  const send = { ...options, kind: 'file', toUserId: 'someone', requestUploadUrl } as const
  await uploadMedia({ path: `${path}.${name}`, name }, send)
}

// Code and connections are loaded by a small file first: they are not the big one's.
await transfer('small')
const before = process.memoryUsage.rss()
let peak = before
// Sampled, since the kernel's own peak of a process starts with that of its parent.
const sampler = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 1)
await transfer('big')
clearInterval(sampler)
console.log(peak - before)
