/**
 * The points at which a gateway can be killed, by name.
 */

/** Verbs of an account's store, and what they are called here. */
export const verbs = {
  acceptDecided: 'journal',
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

/** Methods of the client of a hosted puppet. */
export const hostedCalls = { messageSendText: 'hosted-text', messageSendFile: 'hosted-file' } as const

const around = (names: readonly string[]) => names.flatMap((name) => [`${name}.before`, `${name}.after`])
const during = (names: readonly string[]) =>
  names.flatMap((name) => [`${name}.before`, `${name}.handed`, `${name}.answered`])

/**
 * On the path of any message. `write` is any write to any database: cursor, session, pairing and the verbs themselves. The
 * tool is `send_file`, which copies a file.
 */
const everywhere = [
  ...around([...Object.values(verbs), 'write']),
  ...['tool.before', 'tool.during', 'tool.after'],
  ...during(['model']),
]

/** Every point, by what the accounts are on. */
export const points: Readonly<Record<'ilink' | 'service', readonly string[]>> = {
  ilink: [...everywhere, ...during(calls.map(([, name]) => name).filter((name) => name !== 'model'))],
  service: [...everywhere, ...around(Object.values(hostedCalls))],
}
