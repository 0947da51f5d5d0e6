/**
 * Voice messages of WeChat are SILK files, which few programs can play; this converts them to WAV.
 */
import { readFile, stat } from 'node:fs/promises'
import { fileFailure, MediaError } from './errors.ts'
import { storeWhole, tooLarge } from './whole-file.ts'

/** The rate that WeChat uses, whatever `voice_item.sample_rate` is (16,000 has been seen for the same bytes). */
const sampleRateHz = 24_000
const bytesPerSample = 2
const wavHeaderBytes = 44
/** A voice message has at most 60 s, about 200 kB. */
const maxSilkBytes = 1 << 20
/** Decoding happens in memory, and a few bytes of SILK can stand for a lot of silence. */
const maxVoiceMs = 180_000

/**
 * Decodes the SILK file at `sourcePath` to a mono 16-bit WAV of 24,000 Hz at `destinationPath` (mode 0600).
 * @returns its length in milliseconds
 * @throws MediaError `media-voice-undecodable` (use the raw file instead), `media-too-large`, `media-file-failed`
 */
export const silkToWav = async (
  sourcePath: string,
  destinationPath: string,
): Promise<{ durationMs: number }> => {
  const pcm = await decode(await readSilk(sourcePath))
  const wav = async function* () {
    yield wavHeader(pcm.length)
    yield pcm
  }
  await storeWhole(wav(), destinationPath, wavHeaderBytes + pcm.length)
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

const decode = async (silk: Buffer): Promise<Uint8Array> => {
  // Imported with the first voice message: many bots never receive one, and the decoder takes a few megabytes.
  const decoder = await import('silk-wasm')
  if (!decoder.isSilk(silk)) throw undecodable()
  try {
    const announcedMs = decoder.getDuration(silk)
    if (announcedMs > maxVoiceMs)
      throw new MediaError('media-too-large', `The voice message is longer than ${maxVoiceMs} ms`)
    // The decoder turns a file without any packet into a short silence.
    if (announcedMs === 0) throw undecodable()
    return (await decoder.decode(silk, sampleRateHz)).data
  } catch (error) {
    throw error instanceof MediaError ? error : undecodable(error)
  }
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
