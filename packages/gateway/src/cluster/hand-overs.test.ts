import { MoltbotError } from '@moltbot/channel-sdk'
import { expect, test } from 'vitest'
import { quiet } from '../../test/cluster-stage.ts'
import { HandOvers } from './hand-overs.ts'

const request = { receiveAgain: { accountId: 'a', received: 'messages' } }

/** @param answers what a gateway says when it is asked; undefined: none serves the account */
function stage(answers: readonly (string | undefined | Error)[]) {
  const life = new AbortController()
  const events: unknown[] = []
  const asked: string[] = []
  const left = [...answers]
  const note = ({ event }: { event?: unknown }) => void events.push(event)
  const handOvers = new HandOvers({
    holderOf: () => {
      if (left[0] !== undefined) return 'holder'
      left.shift()
      return undefined
    },
    ask: async (id) => {
      asked.push(id)
      const answer = left.shift()
      if (answer instanceof Error) throw answer
    },
    life: life.signal,
    log: { ...quiet, info: note, error: note },
  })
  return { handOvers, events, asked, life }
}

test('messages are handed to the gateway that serves the account, as soon as one does and takes them', async () => {
  const silent = new MoltbotError('gateway-silent', 'did not answer', { retryable: true })
  const { handOvers, events, asked } = stage([undefined, silent, 'stored'])
  await handOvers.add('wechat/a', request)
  expect(asked).toEqual(['holder', 'holder'])
  expect(events).toEqual(['cluster.handed-over'])
})

test('messages that it refuses for good are given up, and that is reported', async () => {
  const { handOvers, events, asked } = stage([
    new MoltbotError('invalid-argument', 'of another bot'),
    'stored',
  ])
  await handOvers.add('wechat/a', request)
  expect(asked).toEqual(['holder'])
  expect(events).toEqual(['cluster.not-handed-over'])
})

test('no more wait than there is room for', async () => {
  const { handOvers, events, asked } = stage(['stored'])
  const received = 'x'.repeat(65 * 1024 * 1024)
  await handOvers.add('wechat/a', { receiveAgain: { accountId: 'a', received } })
  expect({ asked, events }).toEqual({ asked: [], events: ['cluster.not-handed-over'] })
  await handOvers.add('wechat/a', request)
  expect(events).toEqual(['cluster.not-handed-over', 'cluster.handed-over'])
})

test('what waits ends with the gateway', async () => {
  const { handOvers, events, life } = stage([new Error('no'), new Error('no'), new Error('no')])
  const added = handOvers.add('wechat/a', request)
  life.abort()
  await added
  expect(events).toEqual(['cluster.not-handed-over'])
})
