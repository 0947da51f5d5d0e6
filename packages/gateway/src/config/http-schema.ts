/**
 * HTTP endpoints in a configuration.
 */

import { z } from 'zod'

/** Credentials belong into headers: a URL is shown in errors and logs. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
  .refine((url) => !/^[^/]*\/\/[^/]*@/.test(url), {
    error: 'a URL with a user name in it is not taken; use `apiKey` or `headers`',
  })

export const headerRecord = z.record(
  z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, { error: 'not the name of an HTTP header' }),
  z.string(),
)
