import { expect, it } from 'vitest'
import type { GatewayStatus } from '../control/status.ts'
import { diskProblem, kindOf, problemsOf, unclearKeys } from './problems.ts'

const status: GatewayStatus = {
  version: '1',
  pid: 1,
  url: 'http://127.0.0.1:1',
  stateDir: '/x',
  startedAt: '',
  phase: 'running',
  healthy: true,
  problems: [],
  warnings: [],
  config: { path: '/x' },
  accounts: [],
  pairing: { pending: 0 },
  setAside: 0,
  files: {
    disk: { limit: 1, inUse: 0, spare: 0, refused: 0, deleted: 0 },
    memory: { limit: 1, inUse: 0, waiting: 0 },
  },
  restarts: 0,
  unhandledErrors: 0,
}
const account = {
  channel: 'wechat',
  accountId: 'home',
  puppet: 'p',
  state: 'scan',
  sinceMs: 0,
  reason: 'scan the QR code',
  nextAction: 'scan',
  outbox: { waiting: 0, troubled: 0 },
  setAside: 0,
} as const
const hour = 3_600_000

const keys = (changes: Partial<GatewayStatus>) => [...problemsOf({ ...status, ...changes }, [], 0).keys()]

it('is nothing where all is well', () => {
  expect(keys({})).toEqual([])
})

it('has an account once, whatever its state says by now', () => {
  const problem = 'wechat account home is scan: scan the QR code'
  expect(keys({ accounts: [{ ...account, problem }], problems: [problem] })).toEqual(['account/wechat/home'])
})

it('is neither wrong nor solved while an account starts', () => {
  const starting = { ...account, state: 'starting' } as const
  expect(keys({ accounts: [starting] })).toEqual([])
  expect([...unclearKeys({ ...status, accounts: [starting] })]).toEqual(['account/wechat/home'])
  expect([...unclearKeys({ ...status, accounts: [account] })]).toEqual([])
})

it('keeps its key while a count in it changes', () => {
  const failed = (count: number) =>
    keys({ problems: [`the last ${count} answers failed: HTTP 50${count} (wait)`] })
  expect(failed(3)).toEqual(failed(4))
})

it.each([
  ['account', keys({ accounts: [{ ...account, problem: 'p' }] })],
  ['config', keys({ config: { path: '/x', reloadError: 'line 1' } })],
  ['gateway', keys({ problems: ['channel x cannot be opened'] })],
  ['outbox', ['outbox/home']],
  ['disk', ['disk']],
])('is of the kind %s', (kind, [key = '']) => expect(kindOf(key)).toBe(kind))

it('is of the kind that its origin tells, whatever its count is by now', () => {
  const problems = ['the last 4 answers failed: HTTP 500', 'two servers offer "a"', 'other']
  const ofKinds = {
    model: ['the last 5 answers failed: HTTP 503'],
    tools: ['two servers offer "a"'],
    disk: [],
  }
  const found = [...problemsOf({ ...status, problems }, [], 0, ofKinds).keys()]
  expect(found.map(kindOf)).toEqual(['model', 'tools', 'gateway'])
})

it('has a rejected edit', () => {
  expect(keys({ config: { path: '/x', reloadError: 'line 1' } })).toEqual(['config'])
})

it('has what should have been sent long ago, and not what waits for a person', () => {
  const item = (reason: string) => ({ accountId: 'home', state: 'parked', reason, createdMs: 0 })
  const at = (reason: string, nowMs: number) => [...problemsOf(status, [item(reason)], nowMs).keys()]
  expect(at('network: x', 2 * hour)).toEqual(['outbox/home'])
  expect(at('network: x', 5 * hour)).toEqual(['outbox/home'])
  expect(at('network: x', hour / 2)).toEqual([])
  expect(at('window-closed: x', 5 * hour)).toEqual([])
})

it('looks at the disk of a folder', async () => {
  expect(await diskProblem(import.meta.dirname)).toEqual([])
  await expect(diskProblem('/no/such/folder')).rejects.toThrow('ENOENT')
})
