// The least a bot needs to speak the wire: right headers, plain fetch, ids kept as text.

import { randomBytes } from 'node:crypto'
import type { JsonObject } from '../src/json.ts'
import { isObject, parseJson } from '../src/json.ts'

const version = '2.4.9'
const clientVersion = '132105'

function appHeaders(): Record<string, string> {
  return { 'iLink-App-Id': 'bot', 'iLink-App-ClientVersion': clientVersion }
}

function postHeaders(token?: string): Record<string, string> {
  return {
    ...appHeaders(),
    'Content-Type': 'application/json',
    AuthorizationType: 'ilink_bot_token',
    'X-WECHAT-UIN': Buffer.from(`${randomBytes(4).readUInt32BE()}`).toString('base64'),
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
  }
}

export async function jsonOf(response: Response): Promise<JsonObject> {
  const value = parseJson(await response.text())
  if (!isObject(value)) throw new Error('the answer is not a JSON object')
  return value
}

/** A bot with a token, speaking to the simulator at `url`. */
export function bot(url: string, token: string) {
  const raw = (path: string, body: object, signal?: AbortSignal) =>
    fetch(`${url}/ilink/bot/${path}`, {
      method: 'POST',
      headers: postHeaders(token),
      body: JSON.stringify({ ...body, base_info: { channel_version: version, bot_agent: 'Test/1.0' } }),
      ...(signal && { signal }),
    })
  const call = async (path: string, body: object, signal?: AbortSignal) =>
    jsonOf(await raw(path, body, signal))
  return {
    raw,
    call,
    poll: (cursor = '', signal?: AbortSignal) => call('getupdates', { get_updates_buf: cursor }, signal),
    send: (msg: object) => call('sendmessage', { msg: { message_type: 2, message_state: 2, ...msg } }),
  }
}

export async function getQr(url: string, localTokens: string[] = []): Promise<string> {
  const response = await fetch(`${url}/ilink/bot/get_bot_qrcode?bot_type=3`, {
    method: 'POST',
    headers: postHeaders(),
    body: JSON.stringify({ local_token_list: localTokens }),
  })
  return `${(await jsonOf(response)).qrcode}`
}

export async function qrStatus(url: string, qrcode: string, digits?: string): Promise<JsonObject> {
  const query = new URLSearchParams({ qrcode, ...(digits !== undefined && { verify_code: digits }) })
  return jsonOf(await fetch(`${url}/ilink/bot/get_qrcode_status?${query}`, { headers: appHeaders() }))
}

export function text(words: string): object {
  return { type: 1, text_item: { text: words } }
}
