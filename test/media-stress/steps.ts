/**
 * What `npm run media-stress` does, one after another, and the bounds of each step.
 */

import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { png } from '../support/hostile-files.ts'
import { largestFile, mib, type Stage, type Step } from './stage.ts'

/** What one transfer may add to the resident memory, however large the file. */
const transferMb = 96
const people = 20
/** The model answers as soon as a turn waits for memory, or after this. */
const longestAnswerMs = 20_000

const personOf = (n: number) => `o9Person${n}@im.wechat`
const answersIn = (sent: readonly object[], words: string) =>
  sent.filter((message) => JSON.stringify(message).includes(words)).length

/** Half of what the largest file takes is the puppet's copy, half that of the turn. */
export const largeIn: Step = {
  name: '100 MB from a person',
  addsMb: transferMb,
  run: async ({ control, exchange }) => {
    const item = await control.media({ kind: 'file', name: 'film.bin', size: largestFile })
    const sent = await exchange([{ item }])
    return { answered: sent.length, refused: answersIn(sent, 'not read') }
  },
  check: ({ refused }) => (refused === 0 ? [] : ['the file was not read']),
}

export const largeOut: Step = {
  name: '100 MB from the agent',
  addsMb: transferMb,
  run: async (stage) => {
    await writeFile(join(stage.workspace, 'film.bin'), randomBytes(largestFile))
    stage.answer(({ toolResults }) =>
      toolResults.length === 0
        ? { toolCalls: [{ name: 'send_file', input: { path: 'film.bin' } }] }
        : 'Here it is.',
    )
    const sent = await stage.exchange([{ text: 'send the film' }], 2)
    stage.answer(() => 'ok')
    return { bytes: sent.reduce((sum, { media }) => sum + (media?.size ?? 0), 0) }
  },
  check: ({ bytes }) => (bytes === largestFile ? [] : [`${bytes} bytes arrived`]),
}

/** The file takes five seconds, and the questions of others do not wait for it. */
export const slowServer: Step = {
  name: 'a slow file server',
  addsMb: transferMb,
  run: async ({ control, exchange }) => {
    await control.fault({ endpoint: 'download', kind: 'drip', value: 500 })
    const item = await control.media({ kind: 'file', name: 'slow.bin', size: 20 * mib })
    const file = exchange([{ from: personOf(0), item }], people)
    const startedMs = performance.now()
    const others = Array.from({ length: people - 1 }, (_, n) => ({ from: personOf(n + 1), text: 'hello' }))
    await exchange(others)
    const othersMs = Math.round(performance.now() - startedMs)
    await file
    return { others: others.length, othersMs }
  },
}

/** Twice as much as all files may take. */
export const manyFiles: Step = {
  name: '20 files of 25 MB at once',
  addsMb: 2 * transferMb,
  run: async (stage) => {
    const batch = await Promise.all(
      Array.from({ length: people }, async (_, n) => {
        const item = await stage.control.media({ kind: 'file', name: `${n}.bin`, size: 25 * mib })
        return { from: personOf(n), item }
      }),
    )
    const sent = await stage.exchange(batch)
    const refused = answersIn(sent, 'too many files at the moment')
    const broken = answersIn(sent, 'not available')
    return {
      answered: sent.length,
      refused,
      broken,
      deleted: await stage.gauge('moltbot_files_deleted_total'),
    }
  },
  check: ({ answered = 0, refused = 0, broken }) => [
    ...(answered >= people ? [] : [`${answered} of ${people} were answered`]),
    ...(refused < people ? [] : ['no file was read']),
    ...(broken === 0 ? [] : [`${broken} files could not be had`]),
  ],
}

/** More than the memory for files, so some turns wait for others; each is shown its picture. */
export const manyPictures: Step = {
  name: '40 pictures of 3.5 MB at once',
  addsMb: 384,
  run: async (stage) => {
    const pictures = 2 * people
    let shown = 0
    const waiting = watchWaiting(stage)
    stage.answer(async (request) => {
      await Promise.race([waiting.seen, sleep(longestAnswerMs)])
      if (JSON.stringify(request.body).includes('image_url')) shown++
      return 'ok'
    })
    const batch = await Promise.all(
      Array.from({ length: pictures }, async (_, n) => {
        const base64 = png(2_000, 2_000, randomBytes(3.5 * mib)).toString('base64')
        return { from: personOf(n), item: await stage.control.media({ kind: 'image', base64 }) }
      }),
    )
    const sent = await stage.exchange(batch)
    return { answered: sent.length, shown, mostWaiting: await waiting.end() }
  },
  check: ({ answered, shown, mostWaiting = 0 }) => [
    ...(answered === shown ? [] : [`${answered} were answered, and ${shown} pictures were shown`]),
    ...(mostWaiting > 0 ? [] : ['no turn had to wait for memory']),
  ],
}

export const bomb: Step = {
  name: 'a PNG of 50,000 x 50,000',
  addsMb: transferMb,
  run: async ({ control, exchange }) => {
    const bytes = png(50_000, 50_000)
    const item = await control.media({ kind: 'image', base64: bytes.toString('base64') })
    return { bytes: bytes.length, answered: (await exchange([{ item }])).length }
  },
}

function watchWaiting({ gauge }: Stage) {
  let isOver = false
  let most = 0
  const { promise: seen, resolve } = Promise.withResolvers<void>()
  const watching = (async () => {
    while (!isOver) {
      most = Math.max(most, await gauge('moltbot_files_memory_waiting'))
      if (most > 0) resolve()
    }
  })()
  return {
    /** Resolves when a turn waits. */
    seen,
    async end(): Promise<number> {
      isOver = true
      await watching
      return most
    },
  }
}
