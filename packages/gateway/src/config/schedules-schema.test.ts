import { describe, expect, it } from 'vitest'
import { schedulesSchema } from './schedules-schema.ts'

const job = (change: object) => ({ jobs: { a: { to: 'ann', cron: '0 8 * * *', text: 'x', ...change } } })
const problemsOf = (config: object) =>
  schedulesSchema
    .safeParse(config)
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

describe('schedules', () => {
  it('have defaults', () => {
    expect(schedulesSchema.parse({})).toEqual({
      jobs: {},
      catchUpMs: 3_600_000,
      nudge: true,
      quietHours: '22:00-08:00',
      perPerson: 20,
      perAccount: 1_000,
    })
  })

  it.each([
    ['at times of a clock', job({})],
    ['at an interval', job({ cron: undefined, every: '90m' })],
    ['once', job({ cron: undefined, at: '2026-12-24T18:00:00+08:00' })],
    ['with a prompt', job({ text: undefined, prompt: 'x', tools: [] })],
    ['without quiet hours', { quietHours: false }],
  ])('are possible %s', (_, config) => {
    expect(problemsOf(JSON.parse(JSON.stringify(config)))).toEqual([])
  })

  it.each<[string, object, RegExp]>([
    ['no time', job({ cron: undefined }), /one of cron, every, at is needed/],
    ['two times', job({ every: '1d' }), /only one of cron, every, at is possible/],
    ['no content', job({ text: undefined }), /one of text, prompt is needed/],
    ['two contents', job({ prompt: 'x' }), /only one of text, prompt is possible/],
    ['a wrong expression', job({ cron: '0 25 * * *' }), /jobs\.a\.cron: this cron expression is never due/],
    ['an expression that is never due', job({ cron: '0 0 30 2 *' }), /never due/],
    ['a time without an offset', job({ cron: undefined, at: '2026-12-24T18:00:00' }), /time with its offset/],
    ['an interval without a unit', job({ cron: undefined, every: '90' }), /a number and m, h or d/],
    ['an unknown zone', job({ timeZone: 'Asia/Beijing' }), /no such time zone/],
    ['a name of the form of a chat', { jobs: { 'chat:x': job({}).jobs.a } }, /jobs\.chat:x: Invalid key/],
    ['an hour that does not exist', { quietHours: '22:00-24:30' }, /time span/],
    ['an unknown key', job({ message: 'x' }), /Unrecognized key/],
  ])('are refused with %s', (_, config, problem) => {
    expect(problemsOf(JSON.parse(JSON.stringify(config))).join('\n')).toMatch(problem)
  })
})
