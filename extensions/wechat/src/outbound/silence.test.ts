import { MoltbotError } from '@moltbot/channel-sdk'
import { expect, it } from 'vitest'
import { Silence } from './silence.ts'

type Step = 'unconfirmed' | 'confirmed' | 'another bot' | Error

const unconfirmed = () => new MoltbotError('unconfirmed', 'accepted without an id', { retryable: true })
const times = <T>(count: number, step: T): T[] => Array.from({ length: count }, () => step)

/** What is reported in the course of these sends. */
function reported(steps: readonly Step[]): boolean[] {
  const changes: boolean[] = []
  const silence = new Silence((isSilent) => void changes.push(isSilent))
  for (const step of steps) {
    if (step === 'unconfirmed') silence.failed(unconfirmed())
    else if (step instanceof Error) silence.failed(step)
    else silence.ended()
  }
  return changes
}

it.each<[string, Step[], boolean[]]>([
  ['silent after five sends in a row', times(5, 'unconfirmed'), [true]],
  ['reported once, however many follow', times(50, 'unconfirmed'), [true]],
  ['not silent after four', times(4, 'unconfirmed'), []],
  [
    'not silent if a send between them is confirmed',
    [...times(4, 'unconfirmed' as const), 'confirmed', ...times(4, 'unconfirmed' as const)],
    [],
  ],
  [
    'well again at the first confirmed send',
    [...times(7, 'unconfirmed' as const), 'confirmed'],
    [true, false],
  ],
  ['well again with another bot', [...times(5, 'unconfirmed' as const), 'another bot'], [true, false]],
  [
    'silent a second time',
    [...times(5, 'unconfirmed' as const), 'confirmed', ...times(5, 'unconfirmed' as const)],
    [true, false, true],
  ],
  ['not silent for failures of the network', times(9, new Error('524')), []],
  ['not silent for refusals', times(9, new MoltbotError('quota', 'used up', { certain: true })), []],
  [
    'silent although the network fails between the sends',
    [...times(3, 'unconfirmed' as const), new Error('reset'), ...times(2, 'unconfirmed' as const)],
    [true],
  ],
])('an account is %s', (_name, steps, expected) => {
  expect(reported(steps)).toEqual(expected)
})
