import { createHash } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { type ControlClient, controlClient } from 'ilink-simulator'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { openStage, type Stage } from '../../../ilink-simulator/test/tencent/stage.ts'
import type { Bot } from './bot.ts'
import { type Difference, differencesOf, type Row, type Trace, tableOf } from './differences.ts'
import { type Explanation, explanations } from './explained.ts'
import { contentOf, fileHeads, type Job, jobs } from './jobs.ts'
import { type Names, Phone } from './phone.ts'
import { puppetBot } from './puppet-bot.ts'
import { fieldsOf } from './shape.ts'
import { tencentBot } from './tencent-bot.ts'

/** Polls end for a reason that a job gives, not because their time is over. */
const holdMs = 60_000

let stage: Stage
let control: ControlClient

beforeAll(async () => {
  stage = await openStage()
  control = controlClient(stage.simulator.controlUrl)
})
afterAll(() => stage.close())

// Tencent's client draws its QR codes and questions on the terminal.
beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  vi.spyOn(console, 'log').mockReturnValue()
})
afterEach(() => void vi.restoreAllMocks())

/** What a trace can hold that was known before its job began. */
const givenNames = (): Names => {
  const { host } = new URL(stage.simulator.url)
  const hashes = Object.values(fileHeads).map((head) =>
    createHash('md5').update(contentOf(head)).digest('hex'),
  )
  return new Map([[host, '<host>'], ...hashes.map((hash): [string, string] => [hash, '<md5 of the file>'])])
}

/** Does the job in a fresh world. @returns what the simulator has recorded of it */
const traceOf = async (job: Job, makeBot: (phone: Phone) => Promise<Bot>): Promise<Trace> => {
  await control.reset()
  await control.settings({ holdMs, qrHoldMs: holdMs })
  const phone = new Phone(control, givenNames())
  await job({ bot: await makeBot(phone), phone, folder: await mkdtemp(join(stage.folder, 'job-')) })
  const requests = await control.requests()
  expect(requests.flatMap(({ violations }) => violations)).toEqual([])
  return requests.map((request) => ({ endpoint: request.endpoint, fields: fieldsOf(request, phone.names) }))
}

const found = new Map<string, Difference[]>()

it.each(Object.entries(jobs))('both clients do the job: %s', async (name, job) => {
  const tencent = await traceOf(job, () => tencentBot(stage))
  const puppet = await traceOf(job, (phone) => puppetBot(stage.simulator, stage.folder, phone))
  found.set(name, differencesOf(tencent, puppet))
})

const inOrder = (rows: readonly Row[]) =>
  rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

const textOf = ({ why, rows }: Explanation): string => {
  const lines = rows.flatMap(({ endpoints, field, tencent, puppet, jobs: count }) => [
    `  ${field}${endpoints.length > 0 ? ` (${endpoints.join(', ')})` : ''}, ${count} of ${found.size} jobs`,
    `    Tencent's client  ${tencent}`,
    `    this puppet       ${puppet}`,
  ])
  return [why, ...lines, ''].join('\n')
}

it('their requests differ as explained, and in nothing else', () => {
  vi.restoreAllMocks()
  console.log(explanations.map(textOf).join('\n'))
  const explained = explanations.flatMap(({ rows }) => rows)
  expect(inOrder(tableOf(found))).toEqual(inOrder(explained))
})
