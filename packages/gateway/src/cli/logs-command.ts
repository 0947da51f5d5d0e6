/**
 * `logs`: the log of the gateway for people, whether it runs or not.
 */

import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChannelPlugin, createRedactor, MoltbotError } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'
import { findLog } from '../log/find-log.ts'
import { LogFollower } from '../log/follow.ts'
import type { LogLine } from '../log/guidance.ts'
import { humanLines } from '../log/human.ts'
import { type LogLevel, logLevels } from '../log/levels.ts'
import { parsedLine, tailOfLog } from '../log/tail.ts'
import type { Output } from './show.ts'

export interface LogsOptions {
  readonly stateDir: string
  readonly env: NodeJS.ProcessEnv
  readonly plugins: () => Promise<readonly ChannelPlugin[]>
  readonly config?: string
  /** Goes on with new lines until the process ends. */
  readonly follow?: true
  readonly account?: string
  /** Lowest level. */
  readonly level?: LogLevel
  /** How many lines, the newest. */
  readonly lines: number
  readonly json?: true
  readonly colours: boolean
  /** Ends the following. */
  readonly signal?: AbortSignal
}

const maxReadBytes = 32 * 1024 * 1024
const lookEveryMs = 200

/** @throws `no-log` where there is no file, or the configuration wants none */
export async function showLogs(options: LogsOptions, { write, width, say }: Output): Promise<undefined> {
  const { follow, lines, json, colours, signal } = options
  const { path, secrets } = await findLog(options)
  if (!follow && !existsSync(path))
    throw new MoltbotError(
      'no-log',
      english('there is no log at {path}; it is written when the gateway runs', { path }),
    )
  const redactor = createRedactor()
  for (const secret of secrets) redactor.register(secret)
  const human = humanLines({ colours, width, speech: { say }, guidance: false })
  const show = (line: LogLine) => {
    const redacted = redactor.line(JSON.stringify(line))
    write(json ? `${redacted}\n` : human(redacted))
  }
  const isWanted = filterFor(options)
  const follower = follow && new LogFollower(path)
  const recent = tailOfLog(path, maxReadBytes).filter(isWanted)
  recent.slice(Math.max(0, recent.length - lines)).forEach(show)
  if (!follower) return
  while (!signal?.aborted) {
    for (const text of follower.next()) parsedLine(text).filter(isWanted).forEach(show)
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined)
  }
  follower.close()
}

function filterFor({ account, level }: LogsOptions): (line: LogLine) => boolean {
  const rank = (name: unknown) => logLevels.findIndex((one) => Object.is(one, name))
  return (line) =>
    (account === undefined || line.accountId === account) &&
    (level === undefined || (rank(line.level) !== -1 && rank(line.level) <= rank(level)))
}
