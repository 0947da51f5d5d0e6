/**
 * Voice messages of WeChat are SILK files, which few programs can play; this converts them to WAV. Decoding happens in a
 * thread of its own, one file at a time, so that no voice message holds up the process or takes its memory.
 */
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { fileFailure, MediaError } from './errors.ts'
import type { SilkJob, SilkReport } from './silk-worker.ts'
import { type StoreLimits, storeWhole, tooLarge } from './whole-file.ts'

/** The rate that WeChat uses, whatever `voice_item.sample_rate` is (16,000 has been seen for the same bytes). */
const sampleRateHz = 24_000
const bytesPerSample = 2
const wavHeaderBytes = 44
/** A voice message has at most 60 s, about 200 kB. */
const maxSilkBytes = 1 << 20
/** Decoding happens in memory, and a few bytes of SILK can stand for a lot of silence. */
const maxVoiceMs = 180_000
/** Three minutes take less than a second on a slow machine. */
const decodeDeadlineMs = 10_000
/** The decoder's own memory and the samples are outside this heap. */
const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 }

export interface SilkLimits {
  /** Ends the decoding. */
  readonly signal?: AbortSignal | undefined
  /** For the decoding alone, milliseconds. Defaults to 10 s. */
  readonly deadlineMs?: number
  /** See `StoreLimits`. */
  readonly grow?: StoreLimits['grow']
}

/**
 * Decodes the SILK file at `sourcePath` to a mono 16-bit WAV of 24,000 Hz at `destinationPath` (mode 0600).
 * @returns its length in milliseconds
 * @throws MediaError `media-voice-undecodable` (use the raw file instead), `media-too-large`, `media-no-room`,
 * `media-file-failed`; the reason of `signal`
 */
export const silkToWav = async (
  sourcePath: string,
  destinationPath: string,
  limits: SilkLimits = {},
): Promise<{ durationMs: number }> => {
  const silk = await readSilk(sourcePath)
  const pcm = await inTurn(() => decode(silk, limits))
  const wav = async function* () {
    yield wavHeader(pcm.length)
    yield pcm
  }
  await storeWhole(wav(), destinationPath, { maxBytes: wavHeaderBytes + pcm.length, grow: limits.grow })
  return { durationMs: Math.round((pcm.length / bytesPerSample / sampleRateHz) * 1000) }
}

const readSilk = async (path: string): Promise<Buffer> => {
  try {
    if ((await stat(path)).size > maxSilkBytes) throw tooLarge(maxSilkBytes)
    return await readFile(path)
  } catch (error) {
    throw fileFailure(error)
  }
}

let lastTurn: Promise<unknown> = Promise.resolve()

/** One after the other, for the whole process. */
const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
  const turn = lastTurn.then(work)
  lastTurn = turn.catch(() => undefined)
  return turn
}

const decode = async (
  silk: Buffer,
  { signal, deadlineMs = decodeDeadlineMs }: SilkLimits,
): Promise<Uint8Array> => {
  signal?.throwIfAborted()
  const job: SilkJob = { silk, sampleRateHz, maxMs: maxVoiceMs }
  const file = new URL(`silk-worker${extname(import.meta.filename)}`, import.meta.url)
  const worker = new Worker(file, { workerData: job, execArgv: [], env: {}, resourceLimits })
  const over = AbortSignal.any([AbortSignal.timeout(deadlineMs), ...(signal ? [signal] : [])])
  try {
    return samplesOf(await reportOf(worker, over))
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof MediaError ? error : undecodable(error)
  } finally {
    await worker.terminate()
  }
}

/** A worker that ends without a report has failed. */
const reportOf = async (worker: Worker, signal: AbortSignal): Promise<SilkReport> => {
  const ended = once(worker, 'exit', { signal }).then(() => [{ failure: 'unreadable' }])
  const [report] = await Promise.race([once(worker, 'message', { signal }), ended])
  return report
}

const samplesOf = (report: SilkReport): Uint8Array => {
  if ('pcm' in report) return report.pcm
  if (report.failure === 'unreadable') throw undecodable()
  throw new MediaError('media-too-large', `The voice message is longer than ${maxVoiceMs} ms`)
}

const undecodable = (cause?: unknown): MediaError =>
  new MediaError('media-voice-undecodable', 'The voice message is not readable SILK', { cause })

const wavHeader = (dataBytes: number): Buffer => {
  const header = Buffer.alloc(wavHeaderBytes)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(wavHeaderBytes - 8 + dataBytes, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16) // size of the format block
  header.writeUInt16LE(1, 20) // PCM
  header.writeUInt16LE(1, 22) // channels
  header.writeUInt32LE(sampleRateHz, 24)
  header.writeUInt32LE(sampleRateHz * bytesPerSample, 28)
  header.writeUInt16LE(bytesPerSample, 32)
  header.writeUInt16LE(bytesPerSample * 8, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(dataBytes, 40)
  return header
}
