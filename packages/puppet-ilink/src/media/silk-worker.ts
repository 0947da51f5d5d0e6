/**
 * The thread of `silk.ts`: decodes one SILK file and posts one `SilkReport`. The decoder works in one piece, and a file
 * that a stranger sent may keep it busy as long as it likes.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { decode, getDuration, isSilk } from 'silk-wasm'

export interface SilkJob {
  readonly silk: Uint8Array
  readonly sampleRateHz: number
  readonly maxMs: number
}

/** Mono 16-bit samples, or why there are none. */
export type SilkReport = { readonly pcm: Uint8Array } | { readonly failure: 'unreadable' | 'too-long' }

const bytesPerSample = 2

async function decoded({ silk, sampleRateHz, maxMs }: SilkJob): Promise<SilkReport> {
  if (!isSilk(silk)) return { failure: 'unreadable' }
  const announcedMs = getDuration(silk)
  if (announcedMs > maxMs) return { failure: 'too-long' }
  // The decoder turns a file without any packet into a short silence.
  if (announcedMs === 0) return { failure: 'unreadable' }
  const { data } = await decode(silk, sampleRateHz)
  // A packet may hold five times as much as it announces.
  return data.length > (maxMs / 1000) * sampleRateHz * bytesPerSample
    ? { failure: 'too-long' }
    : { pcm: data }
}

parentPort?.postMessage(await decoded(workerData).catch((): SilkReport => ({ failure: 'unreadable' })))
