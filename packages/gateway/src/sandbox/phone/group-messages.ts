/**
 * What the gateway and the process with the mock puppet say to each other.
 */

import { z } from 'zod'

export const botId = 'sandbox-bot'
export const botName = 'moltbot'
export const socketIn = (folder: string) => `unix:${folder}/group.sock`
/** The mock takes ids with an `@` for groups. */
export const group = { id: 'sandbox-group@chatroom', name: 'Sandbox group 沙盒群' }

export const orderSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('host'),
    /** Its socket is `group.sock` in there. */
    folder: z.string(),
    token: z.string(),
  }),
  z.object({ type: z.literal('person'), id: z.string(), name: z.string() }),
  z.object({
    type: z.literal('say'),
    messageId: z.string(),
    /** By the clock of the sandbox. */
    atMs: z.number(),
    from: z.string(),
    groupId: z.string().optional(),
    mentionsBot: z.boolean(),
    kind: z.enum(['text', 'image', 'voice', 'file']),
    text: z.string(),
    file: z.object({ name: z.string(), base64: z.string() }).optional(),
  }),
])
export type Order = z.infer<typeof orderSchema>

export const reportSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('sent'),
    /** A person or a group. */
    to: z.string(),
    text: z.string(),
    file: z.object({ name: z.string(), mediaType: z.string(), base64: z.string() }).optional(),
  }),
])
export type Report = z.infer<typeof reportSchema>
