import { MoltbotError, type Turn } from '@moltbot/channel-sdk'
import { expect, it } from 'vitest'
import { callFailed } from '../model/failures.ts'
import { ModelHealth } from './model-health.ts'

const turn: Turn = {
  id: 't',
  attempt: 1,
  channelId: 'c',
  accountId: 'a',
  conversation: { kind: 'direct', id: 'u' },
  sender: { id: 'u' },
  messages: [],
  context: [],
  historyLimit: 0,
}

function watched() {
  const health = new ModelHealth()
  let ends: unknown
  const runTurn = health.watch({
    // biome-ignore lint/correctness/useYield: it only fails
    async *runTurn() {
      if (ends !== undefined) throw ends
    },
  })
  const turns = async (count: number, error?: unknown) => {
    ends = error
    for (let i = 0; i < count; i++) {
      await runTurn(turn, new AbortController().signal)
        [Symbol.asyncIterator]()
        .next()
        .catch(() => undefined)
    }
  }
  return { health, turns }
}

const refused = (status: number) => callFailed('p/m', { status, retryable: false, message: 'no' })

it('is a problem after three failures in a row, until a turn succeeds', async () => {
  const { health, turns } = watched()
  await turns(2, refused(401))
  expect(health.problem).toBeUndefined()
  await turns(1, refused(401))
  expect(health.problem).toContain('the last 3 answers failed: p/m refused the request: HTTP 401: no')
  await turns(1)
  expect(health.problem).toBeUndefined()
})

it('is no matter of turns that were stopped, or that failed elsewhere', async () => {
  const { health, turns } = watched()
  await turns(2, refused(500))
  await turns(5, new DOMException('stopped', 'AbortError'))
  await turns(5, new MoltbotError('media-too-large', 'too large'))
  expect(health.problem).toBeUndefined()
})

it.each([
  [401, 'API key'],
  [402, 'credit'],
  [403, 'API key'],
  [404, 'name of the model'],
  [429, 'limits'],
  [503, 'network'],
])('says what to do about HTTP %i', async (status, advice) => {
  const { health, turns } = watched()
  await turns(3, refused(status))
  expect(health.problem).toContain(advice)
})
