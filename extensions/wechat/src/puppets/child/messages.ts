/**
 * The protocol between the gateway and a child, over the IPC channel and the exit code.
 */

import { z } from 'zod'

/** Sent to the child once; never as an argument or in the environment, where other processes can read it. */
export interface Job {
  /** npm package name. */
  readonly puppet: string
  readonly options: Readonly<Record<string, unknown>>
  /** Where the search for the package begins. */
  readonly configDir?: string | undefined
  readonly memoryFile: string
  readonly socket: string
  /** Token of the gRPC server; `insecure_…`, since the part before `_` is the name in the built-in certificate. */
  readonly token: string
}

const maxMessageLength = 1_000

/** The check of what a child reports. It runs foreign code, so this is input like any other. */
export const reportSchema = z.discriminatedUnion('type', [
  /** The server listens. `capabilities` is what the puppet declares of itself. */
  z.object({ type: z.literal('ready'), capabilities: z.unknown() }),
  z.object({
    type: z.literal('failed'),
    code: z.string().max(64),
    message: z.string().transform((text) => text.slice(0, maxMessageLength)),
    retryable: z.boolean(),
  }),
])

export type Report = z.infer<typeof reportSchema>

/** Exit code of a child whose puppet failed to start after it had counted as started: EX_TEMPFAIL of sysexits.h. */
export const lateFailureCode = 75
