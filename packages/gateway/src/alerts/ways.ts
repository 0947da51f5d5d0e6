/**
 * How an alert leaves this gateway: one function for each way.
 */

import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { codeOf, MoltbotError, messageOf, timeoutSignal, withDeadline } from '@moltbot/channel-sdk'
import type { AlertWay } from '../config/alerts-schema.ts'
import { cappedFetch } from '../model/capped-fetch.ts'
import type { Alert } from './alert-book.ts'

/** An alert in the words of its reader. */
export interface Notification {
  readonly kind: Alert['kind'] | 'test'
  readonly key: string
  readonly title: string
  readonly text: string
}

/** Sends a text to a person as an account. @throws why it was not sent */
export type SendAs = (accountId: string, to: string, text: string) => Promise<void>

const timeoutMs = 20_000

export interface TellOptions {
  /** Ends it early. */
  readonly signal: AbortSignal
  /** For signatures, milliseconds since the epoch. Defaults to now. */
  readonly nowMs?: number
}

/** @throws why it did not get there; the reason of `signal` */
export async function tell(
  way: AlertWay,
  notification: Notification,
  sendAs: SendAs,
  { signal: stopped, nowMs = Date.now() }: TellOptions,
): Promise<void> {
  const signal = AbortSignal.any([stopped, timeoutSignal(timeoutMs)])
  switch (way.type) {
    case 'webhook':
      return post(webhookRequest(way, notification, nowMs), signal)
    case 'command':
      return run(way, notification, signal)
    case 'email':
      return mail(way, notification, signal)
    case 'account':
      return sendAs(way.accountId, way.to, wholeText(notification))
  }
}

/** Names a way without its keys. */
export function nameOf(way: AlertWay): string {
  switch (way.type) {
    case 'webhook':
      return `${way.template} (${new URL(way.url).host})`
    case 'command':
      return way.command
    case 'email':
      return way.to
    case 'account':
      return `${way.accountId} -> ${way.to}`
  }
}

const wholeText = ({ title, text }: Notification) => `${title}\n${text}`

type Webhook = Extract<AlertWay, { type: 'webhook' }>

async function post(
  { url, body, type = 'application/json' }: WebhookRequest,
  signal: AbortSignal,
): Promise<void> {
  const options = { method: 'POST', headers: { 'content-type': type }, body, signal }
  const response = await cappedFetch(url, options).catch((error: unknown) => {
    throw new MoltbotError('alert-failed', reasonOf(error))
  })
  const answer = await response.text()
  if (!response.ok)
    throw new MoltbotError('alert-refused', `HTTP ${response.status}: ${answer.slice(0, maxAnswer)}`)
  const code = codeIn(answer)
  if (code !== 0) throw new MoltbotError('alert-refused', `refused: ${answer.slice(0, maxAnswer)}`)
}

/** The network's reason is in the cause. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error ? codeOf(error.cause) : 'unknown'
  return code === 'unknown' ? messageOf(error) : `${messageOf(error)} (${code})`
}

const maxAnswer = 200

/** WeCom, DingTalk and Feishu answer HTTP 200 and say in the body whether they took it. */
function codeIn(answer: string): number {
  try {
    const { errcode, code } = Object(JSON.parse(answer))
    return Number(errcode ?? code ?? 0)
  } catch {
    return 0
  }
}

export interface WebhookRequest {
  readonly url: string
  readonly body: string
  /** Defaults to JSON. */
  readonly type?: string
}

/** What a robot expects. @param nowMs for signatures */
export function webhookRequest(way: Webhook, notification: Notification, nowMs: number): WebhookRequest {
  const { url, template, secret } = way
  const { title, text, kind, key } = notification
  const content = wholeText(notification)
  const json = (value: object) => ({ url, body: JSON.stringify(value) })
  switch (template) {
    case 'json':
      return json({ source: 'moltbot', kind, key, title, text, time: new Date(nowMs).toISOString() })
    case 'slack':
      return json({ text: content })
    case 'bark':
      return json({ title, body: text })
    case 'wecom':
      return json({ msgtype: 'text', text: { content } })
    case 'ntfy':
      return { url, body: content, type: 'text/plain; charset=utf-8' }
    case 'dingtalk':
      return { ...json({ msgtype: 'text', text: { content } }), url: signedDingTalk(url, secret, nowMs) }
    case 'feishu':
      return json({ msg_type: 'text', content: { text: content }, ...signedFeishu(secret, nowMs) })
  }
}

/** open.dingtalk.com: HMAC of `timestamp\nsecret` under the secret, in the address. */
function signedDingTalk(address: string, secret: string | undefined, nowMs: number): string {
  if (secret === undefined) return address
  const url = new URL(address)
  url.searchParams.set('timestamp', String(nowMs))
  url.searchParams.set('sign', createHmac('sha256', secret).update(`${nowMs}\n${secret}`).digest('base64'))
  return url.href
}

/** open.feishu.cn: HMAC of nothing under `timestamp\nsecret`, in seconds, in the body. */
function signedFeishu(secret: string | undefined, nowMs: number): { timestamp?: string; sign?: string } {
  if (secret === undefined) return {}
  const timestamp = String(Math.floor(nowMs / 1_000))
  return { timestamp, sign: createHmac('sha256', `${timestamp}\n${secret}`).digest('base64') }
}

async function run(
  { command, args }: Extract<AlertWay, { type: 'command' }>,
  notification: Notification,
  signal: AbortSignal,
): Promise<void> {
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, MOLTBOT_ALERT: notification.kind, MOLTBOT_ALERT_KEY: notification.key }
  const child = spawn(command, args, {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
    signal,
    killSignal: 'SIGKILL',
  })
  child.stdin.on('error', () => undefined) // It need not read.
  child.stdin.end(`${wholeText(notification)}\n`)
  const [code, endedBy] = await once(child, 'close')
  if (code !== 0) throw new MoltbotError('alert-failed', `${command} ended with ${code ?? endedBy}`)
}

async function mail(
  { smtp, from, to }: Extract<AlertWay, { type: 'email' }>,
  { title, text }: Notification,
  signal: AbortSignal,
): Promise<void> {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    url: smtp,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  })
  try {
    await withDeadline(() => transport.sendMail({ from, to, subject: title, text }), { signal })
  } finally {
    transport.close()
  }
}
