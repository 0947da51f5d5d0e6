/**
 * `state`: where the gateway stores what must survive a restart.
 */

import { z } from 'zod'
import { filePath } from './file-path.ts'

const maxPoolSize = 200
const maxStatementTimeoutMs = 600_000

const databaseUrl = z.string().refine((text) => /^postgres(?:ql)?:\/\/./.test(text), {
  error: 'the URL of a PostgreSQL database begins with "postgres://"',
})

export const stateSchema = z
  .strictObject({
    url: databaseUrl
      .exactOptional()
      .describe(
        'PostgreSQL 15 or newer for all state, as "postgres://user:password@host/database". Keep it in an environment variable. Default: MOLTBOT_STATE_URL of the environment, else files in the state directory.',
      ),
    poolSize: z
      .int()
      .min(2)
      .max(maxPoolSize)
      .default(10)
      .describe(
        'Connections to the database that this gateway uses at most, and one more for notifications.',
      ),
    statementTimeoutMs: z
      .int()
      .min(1_000)
      .max(maxStatementTimeoutMs)
      .default(30_000)
      .describe('Milliseconds after which a statement is ended by the database.'),
    tls: z
      .enum(['verify', 'off'])
      .exactOptional()
      .describe(
        'TLS to the database. verify: always, with a trusted certificate; off: never. Default: verify, but off on this machine.',
      ),
    caFile: filePath
      .exactOptional()
      .describe('PEM file of the authorities that are trusted. Default: those of the system.'),
    certFile: filePath.exactOptional().describe('PEM file of a client certificate.'),
    keyFile: filePath.exactOptional().describe('PEM file of the key of that certificate.'),
    filesDir: filePath
      .exactOptional()
      .describe(
        'A folder that every gateway of the database sees at the same files, such as a mount of NFS. Files that wait to be sent are there instead of in the database.',
      ),
  })
  .prefault({})
  .describe('Where the state is stored. A change needs a restart.')
