/**
 * Accounts that another program has logged in and a channel takes over, without a new login. The other program's files are
 * only read.
 */

export interface ImportSource {
  /** The state directory of OpenClaw. */
  readonly folder: string
  /** `tencent`: the accounts of Tencent's plugin. `openclaw`: those, and the accounts of this channel's own plugin. */
  readonly of: 'openclaw' | 'tencent'
  /** OpenClaw's configuration, where there is one. Not checked. */
  readonly config: unknown
}

/** Something that is not taken over. */
export interface ImportGap {
  /** A file, an account or a key. */
  readonly what: string
  readonly reason: string
}

export interface ImportedAccount {
  readonly accountId: string
  /** Ids of the people who were approved for direct chats with it. */
  readonly approved: readonly string[]
  /** Number of people whom it could write to, and so can at once. */
  readonly conversations: number
  /**
   * `taken`: its login is stored, or would be in a dry run. `present`: it is here already, and nothing was changed. `refused`:
   * it stays where it is, for the reason.
   */
  readonly status: 'taken' | 'present' | 'refused'
  readonly reason?: string
}

export interface ImportResult {
  readonly accounts: readonly ImportedAccount[]
  readonly gaps: readonly ImportGap[]
  /** What belongs under `channels.<id>` of the configuration, without the accounts that were refused; undefined: nothing. */
  readonly config: object | undefined
}

export interface ImportOptions {
  /** The channel's folder. It exists, unless this is a dry run. */
  readonly stateDir: string
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean
}
