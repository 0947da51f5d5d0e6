/**
 * A fake web WeChat on this machine, and the flags that make Chromium use it instead of wx.qq.com.
 */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
// A self-signed certificate of the library. The signature is not verified.
import {
  TLS_INSECURE_SERVER_CERT as cert,
  TLS_INSECURE_SERVER_KEY as key,
} from '../../node_modules/wechaty-puppet-service/dist/esm/src/auth/ca.js'

export interface WebWeChat {
  /** Flags for Chromium. */
  readonly args: readonly string[]
  /** The requests, oldest first. */
  readonly requests: readonly string[]
  /** Messages of the bot to its only contact, Ann, oldest first. */
  readonly sent: readonly string[]
  /** Simulates that the QR code was scanned and the phone asks for a confirmation. */
  scan(): void
  confirm(): void
  /** Ann writes to the bot. */
  say(text: string): void
  close(): void
}

/** The text of the QR code. */
export const qrText = 'https://login.weixin.qq.com/l/AbCdEf=='
/** Flags for a Chromium that cannot resolve any host. */
export const noHosts = '--host-resolver-rules=MAP * ~NOTFOUND'

/** The numbers of the real page. */
const codes = { waiting: 0, scanned: 201, confirmed: 200 }

export async function startWebWeChat(): Promise<WebWeChat> {
  const page = readFileSync(join(import.meta.dirname, 'web-wechat.html'))
  const requests: string[] = []
  const sent: string[] = []
  const news = { code: codes.waiting, texts: [] as string[] }
  const server = createServer({ key, cert }, async (request, response) => {
    const url = request.url ?? ''
    if (url === '/sent') sent.push(await text(request))
    else if (url === '/news') {
      const texts = news.texts.splice(0)
      return response.end(JSON.stringify({ ...news, texts }))
    } else requests.push(url)
    return response.setHeader('content-type', 'text/html').end(page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    args: [
      `--host-resolver-rules=MAP wx.qq.com 127.0.0.1:${port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
      '--ignore-certificate-errors',
    ],
    requests,
    sent,
    scan: () => {
      news.code = codes.scanned
    },
    confirm: () => {
      news.code = codes.confirmed
    },
    say: (text) => {
      news.texts.push(text)
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
