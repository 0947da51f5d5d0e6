/**
 * The points at which a gateway can be killed, by name.
 */

/** Verbs of an account's store, and what they are called here. */
export const verbs = {
  accept: 'journal',
  decide: 'decision',
  claimTurn: 'claim',
  commitBlock: 'block',
  commitReply: 'reply',
  markAttempted: 'attempt',
  markSent: 'sent',
} as const

/** Calls over HTTP by a part of their path. */
export const calls = [
  ['/getupdates', 'poll'],
  ['/sendmessage', 'send'],
  ['/getuploadurl', 'upload-place'],
  ['/c2c/upload', 'upload'],
  ['/c2c/download', 'download'],
  ['/chat/completions', 'model'],
] as const

/** A call of the tool `send_file`, which copies a file. */
const toolPoints = ['tool.before', 'tool.during', 'tool.after'] as const

const around = ['before', 'after'] as const
const during = ['before', 'handed', 'answered'] as const

/** Every point. `write` is any write to any database: cursor, session, pairing and the verbs themselves. */
export const points: readonly string[] = [
  ...[...Object.values(verbs), 'write'].flatMap((verb) => around.map((when) => `${verb}.${when}`)),
  ...toolPoints,
  ...calls.flatMap(([, call]) => during.map((when) => `${call}.${when}`)),
]
