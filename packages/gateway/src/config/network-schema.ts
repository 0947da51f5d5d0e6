/**
 * `network`: how requests leave this machine.
 */

import { z } from 'zod'
import { proxyUrl } from '../network/proxy.ts'

const maxEntries = 200

const proxyAddress = z
  .string()
  .superRefine((text, context) => {
    const url = proxyUrl(text)
    if (typeof url === 'string') context.addIssue({ code: 'custom', message: url })
  })
  .transform((text) => (URL.canParse(text) && /^https?:/i.test(text) ? text : `http://${text}`))

const proxySchema = z.union([
  proxyAddress.transform((url) => ({ url, ilink: false })),
  z
    .strictObject({
      url: proxyAddress
        .exactOptional()
        .describe('The proxy, such as "http://127.0.0.1:7890". Default: that of the environment.'),
      ilink: z
        .boolean()
        .default(false)
        .describe(
          'Reach iLink and its file server through the proxy too. They are reached directly otherwise. A change needs a restart.',
        ),
    })
    .transform(({ url, ilink }) => ({ url, ilink })),
  z.literal(false).transform((url) => ({ url, ilink: false })),
])

export const networkSchema = z
  .strictObject({
    proxy: proxySchema
      .prefault({})
      .describe(
        'The HTTP proxy for models, MCP servers, tools and files from the web: its URL, `{url, ilink}`, or false for none. Default: HTTPS_PROXY, HTTP_PROXY and ALL_PROXY of the environment. This machine itself is always reached directly.',
      ),
    noProxy: z
      .array(z.string().min(1))
      .max(maxEntries)
      .exactOptional()
      .describe(
        'Hosts that are reached directly: names with all below them, addresses, networks such as "10.0.0.0/8", "*" for all. Default: NO_PROXY of the environment.',
      ),
  })
  .prefault({})
  .describe('How requests leave this machine.')
