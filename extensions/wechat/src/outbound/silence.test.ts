import { MoltbotError } from '@moltbot/channel-sdk'
import { expect, it } from 'vitest'
import type { SilenceState } from '../model/outbox.ts'
import { Silence } from './silence.ts'

type Step = 'unconfirmed' | 'confirmed' | 'restart' | 'another bot' | Error

const unconfirmed = () => new MoltbotError('unconfirmed', 'accepted without an id', { retryable: true })
const times = <T>(count: number, step: T): T[] => Array.from({ length: count }, () => step)

/** What is reported in the course of these sends. */
async function reported(steps: readonly Step[]): Promise<boolean[]> {
  const changes: boolean[] = []
  let stored: SilenceState | undefined
  const start = () => {
    const silence = new Silence({
      onChange: (isSilent) => void changes.push(isSilent),
      note: async (state) => {
        stored = state
      },
    })
    silence.resume(stored)
    return silence
  }
  let silence = start()
  await silence.online('bot')
  for (const step of steps) {
    if (step === 'unconfirmed') await silence.failed(unconfirmed())
    else if (step instanceof Error) await silence.failed(step)
    else if (step === 'confirmed') await silence.ended()
    else if (step === 'restart') silence = start()
    await silence.online(step === 'another bot' ? 'another' : 'bot')
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
  ['silent after a restart', [...times(5, 'unconfirmed' as const), 'restart'], [true, true]],
  [
    'silent after five sends in two runs',
    [...times(3, 'unconfirmed' as const), 'restart', ...times(2, 'unconfirmed' as const)],
    [true],
  ],
  [
    'well again after a restart if a send was confirmed before it',
    [...times(5, 'unconfirmed' as const), 'confirmed', 'restart', 'unconfirmed'],
    [true, false],
  ],
  [
    'well again with another bot after a restart',
    [...times(5, 'unconfirmed' as const), 'restart', 'another bot'],
    [true, true, false],
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
])('an account is %s', async (_name, steps, expected) => {
  expect(await reported(steps)).toEqual(expected)
})
