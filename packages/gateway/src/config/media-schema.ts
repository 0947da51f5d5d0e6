/**
 * `media`: how long the files of a conversation stay within reach of the agent, and what all files may take on the disk.
 */

import { z } from 'zod'

const maxKeptTurns = 50
const maxKeptMb = 200
const maxKeptDays = 365
/** Enough for one of the largest files that iLink takes, received and on its way to the agent, twice. */
const leastDiskMb = 256
const mostDiskMb = 10_000_000

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
    maxDiskMb: z
      .int()
      .min(leastDiskMb)
      .max(mostDiskMb)
      .default(4_096)
      .describe(
        'Megabytes that all files take on the disk at most. When a file needs room, the oldest spare files are deleted: received files that are only kept in case they are needed again, and files of earlier turns. If files of running turns and files that wait to be sent leave no room, the file is refused, and the person and the agent are told.',
      ),
  })
  .prefault({})
  .describe('Files that people send.')
