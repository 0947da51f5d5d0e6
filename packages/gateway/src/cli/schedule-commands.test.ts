import { localTime, MoltbotError } from '@moltbot/channel-sdk'
import { expect, it, vi } from 'vitest'
import { commandStage } from '../../test/command-stage.ts'
import type { ScheduleAnswer } from '../api/answers.ts'
import { changeSchedule, listSchedules } from './schedule-commands.ts'

const gateway = commandStage()

const dueMs = Date.UTC(2026, 0, 2)
const news: ScheduleAnswer = {
  id: 'news',
  accountId: 'work',
  conversation: { kind: 'direct', id: 'ann' },
  personId: '',
  origin: 'config',
  kind: 'prompt',
  text: 'The news \u001b[2J\nof today',
  when: '',
  timeZone: 'UTC',
  isPaused: false,
  nextMs: dueMs + 1_000,
  createdMs: 0,
  runs: [{ dueMs, state: 'queued', reason: 'they have to write', attempts: 1, sinceMs: dueMs }],
}

it('lists next times and what became of the last run, and nothing that could change a terminal', async () => {
  const schedules = vi.fn(async () => [news, { ...news, id: 'chat:1', isPaused: true, runs: [] }])
  const { stateDir, output, written } = await gateway({ schedules })
  await listSchedules(stateDir, { account: 'work' }, output)
  expect(schedules).toHaveBeenCalledExactlyOnceWith('work')
  const [head, first, last, second] = written().split('\n')
  expect(head).toMatch(/^ID +ACCOUNT +TO +NEXT +MESSAGE$/)
  expect(first).toContain(`${localTime(dueMs + 1_000)}  The news`)
  expect(last).toBe(`  last: queued, due ${localTime(dueMs)}: they have to write`)
  expect(second).toMatch(/^chat:1 +work +ann +paused/)
  expect(written()).not.toContain('\u001b')
})

it('says that there is none', async () => {
  const { stateDir, output, written } = await gateway({ schedules: async () => [] })
  await listSchedules(stateDir, {}, output)
  expect(written()).toBe('Nothing is scheduled.\n')
})

it.each([
  ['run', 'news runs now; see what became of it with: moltbot schedules list\n'],
  ['pause', 'news is paused.\n'],
  ['resume', 'news goes on.\n'],
  ['remove', 'news is removed.\n'],
] as const)('can %s one', async (action, said) => {
  const change = vi.fn(async () => undefined)
  const { stateDir, output, written } = await gateway({ changeSchedule: change })
  await changeSchedule(stateDir, action, 'news', {}, output)
  expect(change).toHaveBeenCalledExactlyOnceWith('news', action)
  expect(written()).toBe(said)
})

it('fails with the reason', async () => {
  const change = async () => {
    throw new MoltbotError('schedule-unknown', 'there is no schedule "x"')
  }
  const { stateDir, output } = await gateway({ changeSchedule: change })
  await expect(changeSchedule(stateDir, 'run', 'x', {}, output)).rejects.toThrow('there is no schedule "x"')
})
