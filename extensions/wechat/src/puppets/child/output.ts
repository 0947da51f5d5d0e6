/**
 * The output of a child, line by line into the log. A puppet may print anything, at any rate and without an end of line.
 */

import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { stripVTControlCharacters } from 'node:util'
import type { Logger } from '@moltbot/channel-sdk'

export const maxLineLength = 2_000
export const maxLinesPerWindow = 100
export const maxBytesPerWindow = 1024 * 1024
const windowMs = 10_000
/** Last lines of the output, part of the reason when the child ends. */
const maxTailLines = 5
const maxTailLength = 500

const stackFrame = /^\s+at /

export type StreamName = 'stdout' | 'stderr'

export class ChildOutput {
  readonly #log: Logger
  readonly #tail: string[] = []
  readonly #closed: Promise<void>[] = []
  #inWindow = 0
  #bytesInWindow = 0
  readonly #paused = new Set<Readable>()
  #window: NodeJS.Timeout | undefined

  /** @param log names the account and the puppet */
  constructor(log: Logger) {
    this.#log = log
  }

  follow(stream: Readable, name: StreamName): void {
    const decoder = new StringDecoder('utf8')
    const cutter = new LineCutter((line) => this.#take(line, name))
    stream.on('data', (piece: Buffer) => {
      this.#throttle(stream, piece.length)
      cutter.push(decoder.write(piece))
    })
    stream.on('error', () => undefined) // `close` follows.
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#closed.push(promise)
    stream.on('close', () => {
      cutter.end()
      resolve()
    })
  }

  /** Resolves when all that was printed has been read. */
  async closed(): Promise<void> {
    await Promise.all(this.#closed)
  }

  /** The last lines, for people who want to know why the child ended. Empty when it printed nothing. */
  tail(): string {
    return this.#tail.join(' | ').slice(-maxTailLength)
  }

  /** Logs how much was left out. */
  end(): void {
    clearTimeout(this.#window)
    this.#closeWindow()
  }

  /** Reading a flood would keep the gateway busy; the puppet waits instead until the next window. */
  #throttle(stream: Readable, bytes: number): void {
    this.#window ??= setTimeout(() => this.#closeWindow(), windowMs).unref()
    this.#bytesInWindow += bytes
    if (this.#bytesInWindow <= maxBytesPerWindow) return
    this.#paused.add(stream.pause())
  }

  #take(printed: string, stream: StreamName): void {
    const line = stripVTControlCharacters(printed).trimEnd()
    if (line === '') return
    if (!stackFrame.test(line)) this.#tail.push(line)
    if (this.#tail.length > maxTailLines) this.#tail.shift()
    this.#inWindow++
    if (this.#inWindow <= maxLinesPerWindow) this.#log.info({ event: 'puppet.output', stream }, line)
  }

  #closeWindow(): void {
    const left = this.#inWindow - maxLinesPerWindow
    if (left > 0)
      this.#log.warn({ event: 'puppet.output', left }, `${left} lines of the puppet were left out`)
    this.#inWindow = 0
    this.#bytesInWindow = 0
    this.#window = undefined
    for (const stream of this.#paused) stream.resume()
    this.#paused.clear()
  }
}

/** Cuts pieces of text into lines. A line that is too long loses its end. */
class LineCutter {
  readonly #onLine: (line: string) => void
  #begun = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  push(text: string): void {
    const [first = '', ...others] = text.split('\n')
    this.#begin(first)
    for (const other of others) {
      this.end()
      this.#begin(other)
    }
  }

  end(): void {
    const line = this.#begun
    this.#begun = ''
    this.#onLine(line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line)
  }

  #begin(text: string): void {
    // One more than is shown, to tell that there was more.
    this.#begun = (this.#begun + text).slice(0, maxLineLength + 1)
  }
}
