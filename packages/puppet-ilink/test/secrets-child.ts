/**
 * Everything that has a secret in it, with every log line on: the parent reads the output of this process.
 * Argument: base URL of a simulator; the memory card is what Wechaty would give.
 */

import { FileBox } from 'file-box'
import { controlClient } from 'ilink-simulator'
import { PuppetILink } from '../src/index.ts'

const [url = ''] = process.argv.slice(2)
const control = controlClient(url)
const urls = { baseUrl: url, cdnBaseUrl: `${url}/c2c`, loginBaseUrl: url }
const settled = (work: Promise<unknown>) => work.catch((error: unknown) => console.log('failed:', error))
const seen = (puppet: PuppetILink, event: 'message' | 'login' | 'logout' | 'scan') =>
  new Promise<{ messageId?: string }>((resolve) => puppet.once(event, resolve))

const puppet = new PuppetILink({ ...urls, token: (await control.account()).token })
puppet.on('error', (payload) => console.log('error event:', payload))
const first = seen(puppet, 'login')
await puppet.start()
await first
const scan = seen(puppet, 'scan')
await puppet.logout()
const next = seen(puppet, 'login')
await scan
const [code] = (await control.qrCodes()).slice(-1)
const { botId, userId } = await control.confirm(code?.qrcode ?? '')
await next

const item = await control.media({ kind: 'file', size: 1_000, wrongKey: true })
const received = seen(puppet, 'message')
await control.inbound({ botId, item })
const { messageId = '' } = await received
console.log('payload:', await puppet.messagePayload(messageId))
await settled(puppet.messageFile(messageId))
await puppet.conversationTyping(userId, true)
await settled(puppet.messageSendFile(userId, FileBox.fromBuffer(Buffer.from('x'), 'x.txt')))
for (const kind of ['status', 'reset', 'not-json', 'empty'] as const) {
  await control.fault({ endpoint: 'sendmessage', kind, ...(kind === 'status' ? { value: 500 } : {}) })
  await settled(puppet.messageSendText(userId, kind))
}
const [request] = (await control.requests()).filter(({ endpoint }) => endpoint === 'sendmessage')
const echo = JSON.stringify([request?.headers.authorization, request?.body])
await control.fault({ endpoint: 'sendmessage', kind: 'ret', value: -99, errmsg: echo })
await settled(puppet.messageSendText(userId, 'echo'))
await control.fault({ endpoint: 'sendtyping', kind: 'ret', value: -99, errmsg: echo })
await puppet.conversationTyping(userId, false)
const loggedOut = seen(puppet, 'logout')
await control.expireSession(botId)
await loggedOut
await puppet.stop()
