/**
 * The gateway's log: pino underneath, one redactor that every line passes, JSON for programs or short lines for people.
 * A line holds at least `time` (ISO 8601, UTC), `level` (its name) and `msg`, and `event` where a program may wait for it.
 */

import { createRedactor, type Logger, type Redactor } from '@moltbot/channel-sdk'
import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino'
import { widthOf } from '../fold.ts'
import { englishSpeech, type Speech } from '../language/speech.ts'
import { type HumanOptions, humanLines } from './human.ts'
import type { LogLevel } from './levels.ts'
import { fileWriter, type LogFileOptions } from './log-file.ts'
import { RecentLines } from './recent-lines.ts'

export type LogFormat = 'human' | 'json'

export interface LogOptions {
  readonly format: LogFormat
  /** Defaults to `info`. */
  readonly level?: LogLevel
  /** Where lines go, each ending in a line feed. Defaults to stdout, written at once: a killed process loses none. */
  readonly write?: (text: string) => void
  /** Defaults to a terminal that `NO_COLOR` does not forbid it (no-color.org). */
  readonly colours?: boolean
  /** Of the person who reads along, for what they should do next; the lines themselves are English. Defaults to English. */
  readonly speech?: Pick<Speech, 'say'>
}

export interface Log {
  readonly logger: Logger
  readonly redactor: Redactor
  readonly format: LogFormat
  readonly recent: RecentLines
  /** Counts for loggers that are made from now on, and for `logger` itself. */
  setLevel(level: LogLevel): void
  /**
   * Writes every line to this file too, as JSON, the earlier ones of this process included; undefined: to none. A file
   * that cannot be written is reported once and tried again with each line.
   */
  setFile(file: LogFileOptions | undefined): void
}

/** Characters that are kept for a stdout that does not take them, such as that of a closed terminal; more are dropped. */
const maxUnwritten = 1_000_000

export function createLog(options: LogOptions): Log {
  const redactor = createRedactor()
  const recent = new RecentLines(redactor)
  const write = options.write ?? stdoutWriter()
  const show = options.format === 'human' ? humanLines(humanOptions(options)) : (json: string) => `${json}\n`
  const files = fileWriter((error) =>
    logger.error({ event: 'log.file-failed', err: error }, 'The log file cannot be written'),
  )
  const stream: DestinationStream = {
    write: (line) => {
      const json = redactor.line(line)
      recent.add(json)
      write(show(json))
      files.write(json)
    },
  }
  const logger = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  )
  const setLevel = (level: LogLevel) => {
    logger.level = level
  }
  return { logger, redactor, format: options.format, recent, setLevel, setFile: files.use }
}

function humanOptions({ colours, speech = englishSpeech }: LogOptions): HumanOptions {
  return {
    colours: colours ?? (process.stdout.isTTY && !process.env.NO_COLOR),
    width: widthOf(process.stdout),
    speech,
  }
}

function stdoutWriter(): (text: string) => void {
  const stdout = destination({ dest: 1, sync: true, maxLength: maxUnwritten })
  // The reader of the log has ended; the gateway's work does not depend on being watched.
  stdout.on('error', () => undefined)
  return (text) => {
    stdout.write(text)
  }
}
