// The CDN: takes an encrypted upload, checks by decrypting that it is what was declared, and gives it back.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { plainReader } from '../media/cipher.ts'
import type { Upload } from '../media/store.ts'
import type { Recorded } from '../state/world.ts'
import { type Exchange, newRecord } from './exchange.ts'
import { goneSignal, sendText } from './http.ts'
import { pause, spoil } from './spoil.ts'

export async function serveCdn(exchange: Exchange): Promise<void> {
  const { world, response } = exchange
  const endpoint = endpointOf(exchange)
  const record = world.requests.add(newRecord(exchange, endpoint ?? 'unknown'))
  const fault = endpoint && world.faults.take(endpoint)
  if (fault?.kind === 'delay') await pause(fault.value ?? 0, goneSignal(response))
  else if (fault?.kind === 'drip' && endpoint === 'download') return download(exchange, record, fault.value)
  else if (fault) return afterBody(exchange, () => spoil(response, fault, record))
  if (endpoint === 'upload') await upload(exchange, record)
  else if (endpoint === 'download') await download(exchange, record)
  else await afterBody(exchange, () => sendText(response, 404, 'not found'))
  record.status = response.statusCode
}

function endpointOf({ request, url }: Exchange): 'upload' | 'download' | undefined {
  if (request.method === 'POST' && url.pathname === '/c2c/upload') return 'upload'
  return request.method === 'GET' && url.pathname === '/c2c/download' ? 'download' : undefined
}

/** An answer in the middle of a large body would look like a broken connection to some clients. */
async function afterBody({ request }: Exchange, answer: () => void): Promise<void> {
  for await (const _chunk of request);
  answer()
}

async function upload(exchange: Exchange, record: Recorded): Promise<void> {
  const { world, request, response, url } = exchange
  const declared = world.media.upload(url.searchParams.get('encrypted_query_param') ?? '')
  if (!declared)
    return afterBody(exchange, () => refuse(response, record, 'encrypted_query_param is unknown'))
  if (url.searchParams.get('filekey') !== declared.filekey)
    return afterBody(exchange, () => refuse(response, record, 'filekey is not the declared one'))
  const received = await receive(request, declared)
  if ('problem' in received) return refuse(response, record, received.problem)
  const { kind, key, plain } = declared
  const param = world.media.put({ kind, key, plain, cipher: received.cipher })
  sendText(response, 200, '', 'text/plain', { 'x-encrypted-param': param })
}

type Received = { cipher: Buffer } | { problem: string }

/** Keeps the ciphertext and nothing else; the plaintext passes by for its size and md5. */
async function receive(request: IncomingMessage, declared: Upload): Promise<Received> {
  const cipher = Buffer.allocUnsafeSlow(declared.cipherBytes)
  const reader = declared.key && plainReader(declared.key)
  let bytes = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    if (bytes + chunk.length <= cipher.length) {
      chunk.copy(cipher, bytes)
      reader?.update(chunk)
    }
    bytes += chunk.length
  }
  if (bytes !== cipher.length) return { problem: `body has ${bytes} bytes, filesize says ${cipher.length}` }
  if (!reader) return { cipher }
  const plain = reader.finish()
  if (!plain) return { problem: 'body does not decrypt with the declared aeskey' }
  if (plain.size !== declared.plain.size) return { problem: 'rawsize is not the size of the decrypted body' }
  if (plain.md5 !== declared.plain.md5) return { problem: 'rawfilemd5 is not the md5 of the decrypted body' }
  return { cipher }
}

function refuse(response: ServerResponse, record: Recorded, problem: string): void {
  record.violations.push(problem)
  sendText(response, 400, problem, 'text/plain', { 'x-error-message': problem })
}

/** @param dripMs pause between the pieces of a slow answer */
async function download(
  { world, response, url }: Exchange,
  record: Recorded,
  dripMs?: number,
): Promise<void> {
  const medium = world.media.get(url.searchParams.get('encrypted_query_param') ?? '')
  if (!medium) {
    refuse(response, record, 'encrypted_query_param is unknown')
    return
  }
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': medium.cipher.length,
  })
  if (dripMs !== undefined) await drip(response, medium.cipher, dripMs)
  response.end(dripMs === undefined ? medium.cipher : undefined)
  record.status = response.statusCode
}

const dripPieces = 10

async function drip(response: ServerResponse, cipher: Buffer, dripMs: number): Promise<void> {
  const gone = goneSignal(response)
  const step = Math.ceil(cipher.length / dripPieces)
  for (let at = 0; at < cipher.length && !gone.aborted; at += step) {
    response.write(cipher.subarray(at, at + step))
    await pause(dripMs, gone)
  }
}
