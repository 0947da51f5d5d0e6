import { MoltbotError } from '@moltbot/channel-sdk'
import { expect, test } from 'vitest'
import { RestartBudget } from './restarts.ts'

const minuteMs = 60_000
const fault = new MoltbotError('puppet-exited', 'exit code 1', { retryable: true })

test('a puppet may end as often as it is allowed to within an hour, and not once more', () => {
  const budget = new RestartBudget(2)
  expect(budget.judge(fault, 0)).toBe(fault)
  expect(budget.judge(fault, minuteMs)).toBe(fault)
  expect(budget.judge(fault, 2 * minuteMs)).toMatchObject({
    code: 'puppet-restarts-too-often',
    retryable: false,
    message: expect.stringContaining('exit code 1'),
  })
})

test('an hour later it may again', () => {
  const budget = new RestartBudget(1)
  budget.judge(fault, 0)
  expect(budget.judge(fault, 61 * minuteMs)).toBe(fault)
})

test('a backend that is away costs nothing', () => {
  const budget = new RestartBudget(0)
  const away = new MoltbotError('puppet-start-failed', 'no network', { retryable: true })
  expect(budget.judge(away, 0)).toBe(away)
})
