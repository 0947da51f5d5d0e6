/**
 * The check of what a child reports. It runs foreign code, so its words are input like any other.
 */

import { z } from 'zod'
import type { Report } from './messages.ts'

const maxMessageLength = 1_000

export const reportSchema: z.ZodType<Report> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), capabilities: z.unknown() }),
  z.object({
    type: z.literal('failed'),
    code: z.string().max(64),
    message: z.string().transform((text) => text.slice(0, maxMessageLength)),
    retryable: z.boolean(),
  }),
])
