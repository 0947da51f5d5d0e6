/**
 * `media`: how long the files of a conversation stay within reach of the agent.
 */

import { z } from 'zod'

const maxKeptTurns = 50
const maxKeptMb = 200
const maxKeptDays = 365

export const mediaSchema = z
  .strictObject({
    keepTurns: z
      .int()
      .min(0)
      .max(maxKeptTurns)
      .default(5)
      .describe(
        'Turns of a conversation for which its files stay within reach of the agent. A turn without files of its own gets them again, so a picture can be sent first and asked about later. 0: a file is gone after its turn.',
      ),
    keepMb: z
      .number()
      .positive()
      .max(maxKeptMb)
      .default(20)
      .describe(
        'Megabytes of such files stored for one conversation: pictures as the model gets them and extracted texts. The oldest are removed first.',
      ),
    keepDays: z
      .int()
      .min(0)
      .max(maxKeptDays)
      .default(7)
      .describe('Days after which such a file is removed, however few turns there were. 0: none is stored.'),
  })
  .prefault({})
  .describe('Files that people send.')
