/**
 * `puppetOptions` of a hosted puppet, checked before the library sees them.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import { z } from 'zod'

const schema = z
  .looseObject({
    token: z.string('is missing').min(1, 'is missing'),
    /** `host:port`, or `unix:/path`. Without it the token is looked up. */
    endpoint: z.string().min(1).exactOptional(),
    /** Service that knows the endpoint of a token. */
    authority: z.string().min(1).exactOptional(),
    tls: z
      .looseObject({ disable: z.boolean().exactOptional(), serverName: z.string().exactOptional() })
      .exactOptional(),
  })
  .refine(({ token, tls }) => token.lastIndexOf('_') > 0 || tls?.serverName !== undefined, {
    path: ['token'],
    error:
      'has no "_": the part before it is the server\'s name for TLS; where the service gave you none, write "insecure_" before the token',
  })

export type ServiceOptions = z.infer<typeof schema>

/** @throws `puppet-options-invalid`, one reason for each key; shows no value */
export function serviceOptions(accountId: string, puppetOptions: unknown): ServiceOptions {
  const { data, error } = schema.safeParse(puppetOptions)
  if (data !== undefined) return data
  const flaws = error.issues.map(({ path, message }) => `puppetOptions.${path.join('.')} ${message}`)
  throw new MoltbotError('puppet-options-invalid', `account "${accountId}": ${flaws.join('; ')}`)
}
