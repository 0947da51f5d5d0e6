/**
 * Routes of the phone, on which a browser plays the people who write to the bot. A gateway has them in the sandbox only.
 */

import { z } from 'zod'
import type { Route } from './route.ts'

/** Of one file, before it is base64. */
const maxPhoneFileBytes = 5 * 1024 * 1024
/** A file in base64, and a text of UTF-8 beside it. */
const maxBodyBytes = Math.ceil(maxPhoneFileBytes / 3) * 4 + 64 * 1024
const maxTextChars = 10_000
const maxPersonNameChars = 40

const id = z.string().min(1).max(128)
/** Both are for a person; in a group the person writes where everybody reads. */
const chat = z.strictObject({ accountId: id, personId: id, groupId: id.optional() })
/** What a chat shows a message as. */
const kind = z.enum(['text', 'image', 'voice', 'video', 'file'])
const maxAdvanceMs = 24 * 60 * 60_000
const named = z.object({ id: z.string(), name: z.string() })

const phoneAnswer = z.object({
  /** What the clock of the sandbox shows, milliseconds since the epoch. */
  nowMs: z.number(),
  accounts: z.array(z.object({ accountId: z.string(), people: z.array(named), groups: z.array(named) })),
})

const chatAnswer = z.object({
  isTyping: z.boolean(),
  /** Oldest first. */
  messages: z.array(
    z.object({
      id: z.string(),
      atMs: z.number(),
      /** Left out for the bot. */
      sender: named.optional(),
      kind,
      text: z.string(),
      /** Of all kinds but a text. */
      file: z.object({ name: z.string() }).optional(),
    }),
  ),
})

export const phoneRoutes = {
  phone: {
    method: 'GET',
    path: '/api/phone',
    summary: 'Accounts that the phone can write to, with their people and groups',
    input: z.strictObject({}),
    answer: phoneAnswer,
    forBrowsers: true,
    sandboxOnly: true,
  },
  phoneChat: {
    method: 'GET',
    path: '/api/phone/chat',
    summary: 'What the phone of a person shows of a chat',
    input: chat,
    answer: chatAnswer,
    forBrowsers: true,
    sandboxOnly: true,
  },
  phoneFile: {
    method: 'GET',
    path: '/api/phone/file',
    summary: 'The file of a message in a chat',
    input: chat.extend({ messageId: id }),
    answer: z.object({ name: z.string(), base64: z.string() }),
    forBrowsers: true,
    sandboxOnly: true,
  },
  phoneSay: {
    method: 'POST',
    path: '/api/phone/chat',
    summary:
      'Writes to the bot, or in a group, as a person; a voice message is samples of 16 bits, 24,000 a second',
    input: chat.extend({
      text: z.string().max(maxTextChars).default(''),
      /** Only in a group. */
      mentionsBot: z.boolean().default(false),
      file: z
        .strictObject({
          kind: kind.exclude(['text', 'video']),
          name: z.string().min(1).max(255),
          base64: z.base64(),
        })
        .optional(),
    }),
    answer: z.object({ status: z.literal('sent') }),
    status: 201,
    forBrowsers: true,
    sandboxOnly: true,
    maxBodyBytes,
  },
  phoneClock: {
    method: 'POST',
    path: '/api/phone/clock',
    summary:
      'Moves the clock of the sandbox ahead, a day at most; answers when what was due on the way has gone out',
    input: z.strictObject({ advanceMs: z.int().positive().max(maxAdvanceMs) }),
    answer: z.object({ nowMs: z.number() }),
    forBrowsers: true,
    sandboxOnly: true,
  },
  phonePerson: {
    method: 'POST',
    path: '/api/phone/people',
    summary: 'One more person, who can write to the bot',
    input: z.strictObject({ accountId: id, name: z.string().trim().min(1).max(maxPersonNameChars) }),
    answer: named,
    status: 201,
    forBrowsers: true,
    sandboxOnly: true,
  },
} as const satisfies Record<string, Route>
