import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { findingsIn, recentRefusals } from './recent-refusals.ts'

const nowMs = Date.parse('2026-11-28T12:00:00Z')
const at = (hoursAgo: number) => new Date(nowMs - hoursAgo * 3_600_000).toISOString()
const failed = {
  time: at(1),
  level: 'error',
  event: 'turn.failed',
  accountId: 'home',
  code: 'model-refused',
  error: 'openai/x refused the request: HTTP 401: wrong key',
  msg: 'Turn failed',
}

it('gives each kind once, the newest first, with how often, and what to do', () => {
  const unsent = {
    time: at(0.5),
    level: 'warn',
    accountId: 'home',
    error: 'iLink is busy',
    msg: 'A part was not sent',
  }
  const found = findingsIn([failed, { ...failed, time: at(3) }, unsent], nowMs)
  expect(found).toMatchObject([
    { status: 'warning', advice: expect.stringContaining('moltbot outbox list') },
    { status: 'warning', advice: 'check the API key of the provider' },
  ])
  expect(found[1]?.message).toContain(
    'home: Turn failed: openai/x refused the request: HTTP 401: wrong key (2 in 24 hours',
  )
})

it.each([
  ['old', { ...failed, time: at(25) }],
  ['information', { ...failed, level: 'info' }],
  ['a warning about the configuration', { ...failed, event: 'config.warning' }],
  ['without a time', { ...failed, time: undefined }],
])('leaves out what is %s', (_, line) => {
  expect(findingsIn([line], nowMs)).toMatchObject([{ status: 'ok' }])
})

it('reads the log over its files, whatever is in it', async () => {
  const path = join(scratch(), 'gateway.log')
  writeFileSync(`${path}.1`, `${JSON.stringify(failed)}\n`)
  writeFileSync(path, 'no JSON\n[1]\nnull\n\n{"level":"error"}\n{"time":')
  const check = recentRefusals(path, () => nowMs)
  expect(await check.run(new AbortController().signal)).toMatchObject([
    { status: 'warning', message: expect.stringMatching(/^home: Turn failed/) },
  ])
})

it('does without a log', async () => {
  for (const path of [undefined, join(scratch(), 'gone.log')])
    expect(await recentRefusals(path, () => nowMs).run(new AbortController().signal)).toMatchObject([
      { status: 'ok' },
    ])
})
