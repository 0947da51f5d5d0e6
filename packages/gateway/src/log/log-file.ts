/**
 * The log file of the gateway: lines are appended at once, and a file that is full is renamed to `.1`, the former `.1` to
 * `.2` and so on. It is what remains of the log when the terminal that showed it is closed.
 */

import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

/** Lines that are kept until it is known which file they belong in. */
const maxEarlyLines = 100

export interface LogFileOptions {
  /** Absolute. A missing folder is created, for its owner only. */
  readonly path: string
  /** Bytes of one file. A single line that is longer gets a file of its own. */
  readonly maxBytes: number
  /** Full files that are kept beside the present one. 0: a full file is deleted. */
  readonly maxFiles: number
}

interface OpenFile {
  readonly fd: number
  /** Negative infinity for a device such as /dev/null, which is never renamed. */
  bytes: number
}

/** Opened by the first line. After a failure the next line tries again. */
export class LogFile {
  readonly options: LogFileOptions
  #open: OpenFile | undefined

  constructor(options: LogFileOptions) {
    this.options = options
  }

  /** Appends `line`, which ends in a line feed. @throws what the system says */
  write(line: string): void {
    const data = Buffer.from(line)
    this.#open ??= openLog(this.options.path)
    if (this.#open.bytes > 0 && this.#open.bytes + data.length > this.options.maxBytes) {
      this.close()
      rotate(this.options)
      this.#open = openLog(this.options.path)
    }
    this.#open.bytes += writeSync(this.#open.fd, data)
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.fd)
    this.#open = undefined
  }
}

/** A pipe without a reader is refused: opening it would wait for one. */
const appending = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | (constants.O_NONBLOCK ?? 0)

function openLog(path: string): OpenFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const fd = openSync(path, appending, 0o600)
  const stats = fstatSync(fd)
  return { fd, bytes: stats.isFile() ? stats.size : Number.NEGATIVE_INFINITY }
}

function rotate({ path, maxFiles }: LogFileOptions): void {
  const numbered = (index: number) => (index === 0 ? path : `${path}.${index}`)
  rmSync(numbered(maxFiles), { force: true })
  for (let index = maxFiles - 1; index >= 0; index--) {
    if (existsSync(numbered(index))) renameSync(numbered(index), numbered(index + 1))
  }
}

export interface FileWriter {
  /** @param json one line of the log, without a line feed */
  write(json: string): void
  use(options: LogFileOptions | undefined): void
}

/**
 * The log file that is in use, which can change while the gateway runs.
 * @param failed called once for failures in a row
 */
export function fileWriter(failed: (error: unknown) => void): FileWriter {
  let early: string[] | undefined = []
  let file: LogFile | undefined
  let isFailing = false
  const write = (json: string) => {
    if (early !== undefined && early.length < maxEarlyLines) early.push(json)
    try {
      file?.write(`${withoutDrawing(json)}\n`)
      isFailing = false
    } catch (error) {
      file?.close()
      if (isFailing) return
      isFailing = true
      failed(error)
    }
  }
  const use = (options: LogFileOptions | undefined) => {
    if (!isDeepStrictEqual(options, file?.options)) {
      file?.close()
      file = options && new LogFile(options)
    }
    const lines = early ?? []
    early = undefined
    for (const line of lines) write(line)
  }
  return { write, use }
}

/** A QR code drawn for a terminal; its link is in the line too. */
function withoutDrawing(json: string): string {
  if (!json.includes('"terminal":')) return json
  const { terminal: _, ...fields } = JSON.parse(json)
  return JSON.stringify(fields)
}
