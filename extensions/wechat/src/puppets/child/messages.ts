/**
 * What gateway and child tell each other over the IPC channel. Types only: the child is to be light.
 */

/** All that the child is told, once; never as an argument or in the environment, where other processes can read it. */
export interface Job {
  /** npm package name. */
  readonly puppet: string
  readonly options: Readonly<Record<string, unknown>>
  /** Where the search for the package begins. */
  readonly configDir?: string | undefined
  readonly memoryFile: string
  readonly socket: string
  /** Of the gRPC server; `insecure_…`, since the part before `_` is the name in the built-in certificate. */
  readonly token: string
}

export type Report =
  /** The server listens. `capabilities` is what the puppet declares of itself. */
  | { readonly type: 'ready'; readonly capabilities?: unknown }
  | {
      readonly type: 'failed'
      readonly code: string
      readonly message: string
      readonly retryable: boolean
    }
