import { expect, it } from 'vitest'
import { differencesOf, type Trace, tableOf } from './differences.ts'

const trace = (...requests: [endpoint: string, fields?: Record<string, string>][]): Trace =>
  requests.map(([endpoint, fields = {}]) => ({ endpoint, fields: new Map(Object.entries(fields)) }))

it('equal traces have no differences', () => {
  const same = trace(['start'], ['poll', { method: 'POST' }], ['poll', { method: 'GET' }])
  expect(differencesOf(same, same)).toEqual([])
})

it('a field differs by its value, or by being there at all', () => {
  const [theirs, ours] = [trace(['poll', { a: '1', b: '2' }]), trace(['poll', { a: '3', c: '4' }])]
  expect(differencesOf(theirs, ours)).toEqual([
    { endpoint: 'poll', field: 'a', tencent: '1', puppet: '3' },
    { endpoint: 'poll', field: 'b', tencent: '2', puppet: '—' },
    { endpoint: 'poll', field: 'c', tencent: '—', puppet: '4' },
  ])
})

it('requests without a partner differ in count, partners in another order in order', () => {
  const theirs = trace(['start'], ['config'], ['poll'], ['send'], ['poll'], ['stop'])
  const ours = trace(['start'], ['poll'], ['poll'], ['send'], ['stop'])
  expect(differencesOf(theirs, ours)).toEqual([
    { endpoint: 'config', field: 'count of config', tencent: '1', puppet: '0' },
    { endpoint: undefined, field: 'order', tencent: 'send 1, poll 2', puppet: 'poll 2, send 1' },
  ])
})

it('the same difference at several endpoints, in several jobs, is one row', () => {
  const theirs = trace(['stop', { agent: 'x' }], ['poll', { agent: 'x' }], ['poll', { agent: 'x' }])
  const ours = trace(['stop', { agent: 'y' }], ['poll', { agent: 'y' }], ['poll', { agent: 'z' }])
  const differences = differencesOf(theirs, ours)
  const byJob = new Map([
    ['one', differences],
    ['two', differences.slice(1)],
  ])
  expect(tableOf(byJob)).toEqual([
    { endpoints: ['poll', 'stop'], field: 'agent', tencent: 'x', puppet: 'y', jobs: 2 },
    { endpoints: ['poll'], field: 'agent', tencent: 'x', puppet: 'z', jobs: 2 },
  ])
})
