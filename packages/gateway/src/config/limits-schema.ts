/**
 * `limits`: what one conversation may use, in every channel.
 */

import { z } from 'zod'

const maxTurnsPerHour = 100_000
const minMessageChars = 100
const maxMessageChars = 1_000_000

export const limitsSchema = z
  .strictObject({
    turnsPerHour: z
      .int()
      .min(0)
      .max(maxTurnsPerHour)
      .exactOptional()
      .describe(
        'Answers of the agent in one conversation within an hour. Beyond it the conversation rests: messages are stored as context. 0: any number. Default: 60 in a group, 120 in a direct chat.',
      ),
    messageChars: z
      .int()
      .min(minMessageChars)
      .max(maxMessageChars)
      .exactOptional()
      .describe(
        'Characters of one message that the agent reads as its text. The rest of a longer message is a text file. Default: 20000.',
      ),
  })
  .prefault({})
  .describe('What one conversation may use.')
