// The bot API's paths.

import type { Endpoint } from '../state/faults.ts'
import { answer, forBot, type Handler } from './call.ts'
import { getQrCode, getQrStatus } from './login.ts'
import { sendMessage } from './send.ts'
import { getConfig, sendTyping } from './typing.ts'
import { getUpdates } from './updates.ts'
import { getUploadUrl } from './uploads.ts'

export type Route = { endpoint: Endpoint; methods: readonly string[]; handle: Handler }

const route = (endpoint: Endpoint, methods: readonly string[], handle: Handler): Route => ({
  endpoint,
  methods,
  handle,
})
const post = ['POST']
const acknowledge = forBot(() => answer({ ret: 0 }))

const prefix = '/ilink/bot/'

const routes = new Map<string, Route>([
  // A GET until client version 2.1, and third-party clients still use it.
  ['get_bot_qrcode', route('getqr', ['POST', 'GET'], getQrCode)],
  ['get_qrcode_status', route('getqrstatus', ['GET'], getQrStatus)],
  ['getupdates', route('getupdates', post, forBot(getUpdates))],
  ['sendmessage', route('sendmessage', post, forBot(sendMessage))],
  ['getuploadurl', route('getuploadurl', post, forBot(getUploadUrl))],
  ['getconfig', route('getconfig', post, forBot(getConfig))],
  ['sendtyping', route('sendtyping', post, forBot(sendTyping))],
  ['msg/notifystart', route('notifystart', post, acknowledge)],
  ['msg/notifystop', route('notifystop', post, acknowledge)],
])

export function routeOf(method: string, path: string): Route | undefined {
  if (!path.startsWith(prefix)) return undefined
  const found = routes.get(path.slice(prefix.length))
  return found?.methods.includes(method) ? found : undefined
}
