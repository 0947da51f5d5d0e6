/**
 * What this machine can do at best, measured in the same run: a flush, a round trip over loopback, and a turn of the
 * AI SDK with nothing around it.
 */

import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText } from 'ai'
import { median, round } from '../support/figures.ts'
import type { ModelProcess } from '../support/model-process.ts'

export interface Floor {
  /** Of 4 KiB that were appended to a file beside the gateway's. */
  readonly flushMs: number
  readonly httpRoundTripMs: number
  readonly fetchRoundTripMs: number
  readonly aiSdkTurnMs: number
}

/** The first runs of each, while the code is compiled. */
const warmUpPart = 0.3
const appendedBytes = 4_096

/** Medians. @param folder on the file system of the gateway's state */
export async function measureFloor(folder: string, model: ModelProcess, times: number): Promise<Floor> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const provider = createOpenAICompatible({ name: 'fake', baseURL: model.baseUrl, apiKey: 'sk-x' })
  const languageModel = provider.chatModel('fake-1')
  const file = openSync(join(folder, 'floor'), 'a')
  const block = Buffer.alloc(appendedBytes)
  try {
    return {
      flushMs: await medianMs(times, () => {
        writeSync(file, block)
        return () => fsyncSync(file)
      }),
      httpRoundTripMs: await medianMs(times, () => () => roundTrip(model.bareUrl, agent)),
      fetchRoundTripMs: await medianMs(times, () => async () => (await fetch(model.bareUrl)).text()),
      aiSdkTurnMs: await medianMs(
        times,
        () => () => generateText({ model: languageModel, prompt: 'ping', maxRetries: 0 }),
      ),
    }
  } finally {
    closeSync(file)
    agent.destroy()
  }
}

/** @param prepare gives what is measured */
async function medianMs(times: number, prepare: () => () => unknown): Promise<number> {
  const took: number[] = []
  for (let n = 0; n < times * (1 + warmUpPart); n++) {
    const run = prepare()
    const startedMs = performance.now()
    await run()
    took.push(performance.now() - startedMs)
  }
  return round(median(took.slice(-times)))
}

function roundTrip(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => response.resume().on('end', resolve).on('error', reject)).on(
      'error',
      reject,
    )
  })
}
