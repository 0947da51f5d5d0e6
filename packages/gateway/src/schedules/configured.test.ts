import { expect, it } from 'vitest'
import { schedulesSchema } from '../config/schedules-schema.ts'
import { configuredSchedules } from './configured.ts'

const nowMs = Date.parse('2026-11-28T08:30:00Z')
const options = { defaultAccountId: 'work', machineTimeZone: 'UTC', nowMs }
const of = (jobs: object, config: object = {}) =>
  configuredSchedules(schedulesSchema.parse({ jobs, ...config }), options)
const at = (time: string) => ({ to: 'ann', text: 'x', at: time })

it('the jobs of the configuration are schedules of their accounts and chats', () => {
  const [first, second] = of(
    {
      a: { to: 'ann', cron: '0 8 * * *', text: '早上好' },
      b: { accountId: 'shop', to: 'room', group: true, every: '6h', prompt: 'news', tools: ['time'] },
      off: { enabled: false, to: 'ann', every: '1h', text: 'x' },
    },
    { timeZone: 'Asia/Shanghai' },
  )
  expect(first).toMatchObject({
    id: 'a',
    accountId: 'work',
    conversation: { kind: 'direct', id: 'ann' },
    origin: 'config',
    content: { kind: 'text', text: '早上好' },
    language: 'zh-CN',
    nextMs: Date.parse('2026-11-29T00:00:00Z'),
  })
  expect(second).toMatchObject({
    accountId: 'shop',
    conversation: { kind: 'group', id: 'room' },
    content: { kind: 'prompt', text: 'news' },
    tools: ['time'],
    nextMs: Date.parse('2026-11-28T12:00:00Z'),
  })
})

it('a job of one time is late for as long as a run may be late, and over after that', () => {
  const [late, over] = of({ late: at('2026-11-28T07:45:00Z'), over: at('2026-11-28T07:15:00Z') })
  expect(late?.nextMs).toBe(Date.parse('2026-11-28T07:45:00Z'))
  expect(over?.nextMs).toBeUndefined()
})
