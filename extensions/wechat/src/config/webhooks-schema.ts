/**
 * `webhooks`: programs of the operator that are told what happens to an account.
 */

import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { isOwnNetworkAddress, isPublicAddress } from '@moltbot/channel-sdk/url-guard'
import { z } from 'zod'
import { webhookEventTypes } from '../model/webhook-event.ts'

const maxWebhooks = 10
const maxUrlLength = 2_000
/** Standard Webhooks, "Signature scheme": the key of an HMAC has 24 to 64 bytes. */
const minKeyBytes = 24
const maxKeyBytes = 64

const secretPattern = /^(?:whsec_)?[A-Za-z0-9+/]+={0,2}$/

const webhookSchema = z
  .strictObject({
    url: z
      .string()
      .max(maxUrlLength)
      .describe(
        'Where events are posted: an https address on the public internet. A key in it belongs into an environment variable.',
      ),
    events: z
      .array(z.enum(webhookEventTypes))
      .min(1)
      .describe(
        'What it is told of: "message.received" (messages of people who are admitted), "message.sent", "message.failed", "account.state".',
      ),
    secret: z
      .string()
      .refine(isSecret, {
        error: `expected ${minKeyBytes} to ${maxKeyBytes} random bytes in base64; make one with: openssl rand -base64 32`,
      })
      .describe(
        'Secret of the signatures (Standard Webhooks): 24 to 64 random bytes in base64, with or without "whsec_" before it. Keep it in an environment variable.',
      ),
    includeTexts: z.boolean().exactOptional().meta({
      description:
        'Whether events hold what people and the bot write, file names and display names. false: only ids, kinds and times.',
      default: false,
    }),
    allowPrivateNetwork: z.boolean().exactOptional().meta({
      description:
        'Whether the address may lead to this machine or a private network, then also by plain http. Link-local addresses and the metadata services of clouds stay forbidden.',
      default: false,
    }),
  })
  .superRefine(({ url, allowPrivateNetwork }, context) => {
    const message = urlFlaw(url, allowPrivateNetwork)
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['url'], message })
  })

export const webhooksSchema = z
  .array(webhookSchema)
  .max(maxWebhooks)
  .superRefine((webhooks, context) => {
    for (const [index, { url }] of webhooks.entries()) {
      if (webhooks.findIndex((other) => other.url === url) === index) continue
      const message = 'another webhook has the same address; list all events in one'
      context.addIssue({ code: 'custom', path: [index, 'url'], message })
    }
  })

export type WebhookConfig = z.infer<typeof webhookSchema>

/** Names a webhook in the store: events that wait survive a new secret and another order in the list, and hold no address. */
export function webhookKey({ url }: Pick<WebhookConfig, 'url'>): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 16)
}

/** Names a webhook for people, without what may be a key in its address. */
export function webhookHost({ url }: Pick<WebhookConfig, 'url'>): string {
  return URL.parse(url)?.host ?? ''
}

/** Which addresses a webhook may lead to; plain http never leaves one's own networks. */
export function isWebhookAddress(
  { url, allowPrivateNetwork = false }: Pick<WebhookConfig, 'url' | 'allowPrivateNetwork'>,
  isPublic: (address: string) => boolean = isPublicAddress,
): (address: string) => boolean {
  const isSecure = URL.parse(url)?.protocol === 'https:'
  return (address) => (isSecure && isPublic(address)) || (allowPrivateNetwork && isOwnNetworkAddress(address))
}

function isSecret(text: string): boolean {
  if (!secretPattern.test(text)) return false
  const key = text.replace(/^whsec_/, '')
  // As the receiver's library reads it: without padding, or with stray characters, it throws.
  if (key.length % 4 !== 0) return false
  const bytes = Buffer.from(key, 'base64').length
  return bytes >= minKeyBytes && bytes <= maxKeyBytes
}

/** The address is not quoted: a key may be in it. */
function urlFlaw(text: string, allowPrivateNetwork = false): string | undefined {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return 'expected an https address'
  if (url.username !== '' || url.password !== '') return 'the address must not have a user name in it'
  if (url.protocol === 'http:' && !allowPrivateNetwork)
    return 'http is not encrypted: write https, or set allowPrivateNetwork for an address in your own network'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.+$/, '')
  if (host === 'localhost' || host.endsWith('.localhost'))
    return allowPrivateNetwork ? undefined : privateFlaw
  if (isIP(host) === 0 || isWebhookAddress({ url: text, allowPrivateNetwork })(host)) return undefined
  if (!isOwnNetworkAddress(host) || allowPrivateNetwork) return 'events are not sent to this address'
  return privateFlaw
}

const privateFlaw =
  'the address is in a private network, where events are only sent if allowPrivateNetwork is true'
