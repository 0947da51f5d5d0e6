/**
 * The schema of `logging`. `file` and `maxFileBytes` have their names and meaning from OpenClaw, so that one file serves both.
 */

import { z } from 'zod'

const minFileBytes = 1_024
const maxOldFiles = 1_000

const file = z
  .union([z.string().min(1), z.literal(false)])
  .exactOptional()
  .describe(
    'File to which the log is written as well, as JSON lines; false: none. `~` is your home directory; a relative path starts at the configuration file. Default: `logs/gateway.log` in the state directory.',
  )

export const loggingSchema = z
  .strictObject({
    level: z
      .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'])
      .default('info')
      .describe('Lowest level that is logged.'),
    file,
    maxFileBytes: z
      .int()
      .min(minFileBytes)
      .default(10_485_760)
      .describe('Size in bytes at which the log file is full: it is renamed and a new one is begun.'),
    maxFiles: z
      .int()
      .min(0)
      .max(maxOldFiles)
      .default(5)
      .describe(
        'Full log files that are kept, as `gateway.log.1` (the newest), `gateway.log.2` and so on. 0: a full file is deleted.',
      ),
  })
  .prefault({})
  .describe('The log.')
