/**
 * What a puppet can do, as it declares it. Code asks for a capability, never for a puppet's name.
 */

import { z } from 'zod'

const schema = z.object({
  /** UTF-16 units in one text message. */
  maxTextLength: z.int().positive().default(2_048),
  /** Pause between the chunks of one text, milliseconds. */
  minSendGapMs: z.int().nonnegative().default(1_000),
  /** May a text that was not confirmed be sent again with the same id? Without an id that would be said twice. */
  resendUncertain: z.boolean().default(false),
  rooms: z.boolean().default(true),
  /** Can `sendText` quote a received message? */
  quote: z.boolean().default(false),
  markdown: z.enum(['subset', 'none']).default('none'),
  /** Sends that a received message allows. */
  sendBudget: z.object({ sends: z.int().positive(), windowMs: z.int().positive() }).optional(),
  /** Do ids mean the same person after another login? */
  idStability: z.enum(['stable', 'session']).default('stable'),
  maxMediaBytes: z
    .int()
    .positive()
    .default(25 * 1024 * 1024),
  /** The person the bot belongs to; known after login. */
  ownerId: z.string().optional(),
})

export type PuppetCapabilities = z.infer<typeof schema>

/** @param puppet any puppet; what it does not declare gets a careful default. */
export function capabilitiesOf(puppet: object): PuppetCapabilities {
  const declared = 'capabilities' in puppet ? puppet.capabilities : {}
  const read = schema.safeParse(declared)
  return read.success ? read.data : schema.parse({})
}
