import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encode, getWavFileInfo } from 'silk-wasm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silkToWav } from './silk.ts'

const sampleRate = 24_000
let folder: string
let voice: string
let wav: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-silk-'))
  voice = join(folder, 'voice.silk')
  wav = join(folder, 'voice.wav')
})
afterEach(() => rm(folder, { recursive: true }))

/** A tone of 440 Hz as SILK. */
const tone = async (seconds: number): Promise<Uint8Array> => {
  const samples = Int16Array.from({ length: seconds * sampleRate }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / sampleRate)),
  )
  return (await encode(samples, sampleRate)).data
}

const silkHead = Buffer.from('\x02#!SILK_V3', 'latin1')

/** The packets of one second of silence, as often as wanted: 700 bytes a second. */
const silence = async (seconds: number): Promise<Uint8Array> => {
  const { data } = await encode(new Int16Array(sampleRate), sampleRate)
  const packets = data.subarray(silkHead.length)
  return Buffer.concat([silkHead, ...Array.from({ length: seconds }, () => packets)])
}

describe('silkToWav', () => {
  it('makes a WAV of 24,000 Hz, mono, 16 bits, behind a header of 44 bytes', async () => {
    await writeFile(voice, await tone(1))
    expect(await silkToWav(voice, wav)).toEqual({ durationMs: 1000 })
    const bytes = await readFile(wav)
    expect(bytes).toHaveLength(48_044)
    expect(getWavFileInfo(bytes)).toMatchObject({
      fmt: { formatCode: 1, numberOfChannels: 1, sampleRate, bitsPerSample: 16, bytesPerSec: 48_000 },
    })
  })

  it('preserves the tone', async () => {
    await writeFile(voice, await tone(1))
    await silkToWav(voice, wav)
    const bytes = await readFile(wav)
    let crossings = 0
    for (let at = 46; at < bytes.length; at += 2)
      if (bytes.readInt16LE(at - 2) < 0 !== bytes.readInt16LE(at) < 0) crossings++
    expect(crossings).toBeGreaterThan(860)
    expect(crossings).toBeLessThan(900)
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['an MP3', Buffer.from('ID3 and so on')],
    ['a SILK head without a body', silkHead],
    ['a SILK head and noise', Buffer.concat([silkHead, Buffer.alloc(77, 0xff)])],
  ])('fails with media-voice-undecodable for %s and leaves no file', async (_, bytes) => {
    await writeFile(voice, bytes)
    await expect(silkToWav(voice, wav)).rejects.toMatchObject({ code: 'media-voice-undecodable' })
    expect(await readdir(folder)).toEqual(['voice.silk'])
  })

  it('does not decode a file that is too large, or that would be too long', async () => {
    await writeFile(voice, Buffer.alloc(1_100_000))
    await expect(silkToWav(voice, wav)).rejects.toMatchObject({ code: 'media-too-large' })
    await writeFile(voice, Buffer.concat([silkHead, Buffer.alloc(100_000)]))
    await expect(silkToWav(voice, wav)).rejects.toMatchObject({ code: 'media-too-large' })
  })

  it('decodes beside the process, which goes on meanwhile', async () => {
    await writeFile(voice, await silence(170))
    let isDone = false
    let ticks = 0
    const ticker = setInterval(() => {
      if (!isDone) ticks += 1
    }, 1)
    const { durationMs } = await silkToWav(voice, wav).finally(() => {
      isDone = true
      clearInterval(ticker)
    })
    expect(durationMs).toBe(170_000)
    // On the event loop it would be one piece, with no tick but those around the reads and the write.
    expect(ticks).toBeGreaterThan(20)
  })

  it('ends a decoding that takes too long, leaves no file, and decodes the next one', async () => {
    await writeFile(voice, await silence(170))
    const cut = silkToWav(voice, wav, { deadlineMs: 1 })
    await expect(cut).rejects.toMatchObject({ code: 'media-voice-undecodable' })
    expect(await readdir(folder)).toEqual(['voice.silk'])
    await writeFile(voice, await tone(1))
    expect(await silkToWav(voice, wav)).toEqual({ durationMs: 1000 })
  })

  it('ends with the reason of the signal, also while it waits for another file', async () => {
    await writeFile(voice, await silence(170))
    const first = silkToWav(voice, wav)
    const stop = new AbortController()
    const second = silkToWav(voice, `${wav}2`, { signal: stop.signal })
    stop.abort(new Error('stopped'))
    await expect(second).rejects.toThrow('stopped')
    await first
    expect((await readdir(folder)).sort()).toEqual(['voice.silk', 'voice.wav'])
  })

  it('fails with a code when the file is missing', async () => {
    await expect(silkToWav(voice, wav)).rejects.toMatchObject({ code: 'media-file-failed' })
  })
})
