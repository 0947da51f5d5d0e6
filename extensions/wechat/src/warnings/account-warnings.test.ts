import type { ToolNames } from '@moltbot/channel-sdk'
import { expect, it } from 'vitest'
import { accountOf } from '../../test/policy.ts'
import { recordingLog } from '../../test/samples.ts'
import { AccountWarnings } from './account-warnings.ts'

function watch(config: object, toolNames?: () => Promise<ToolNames>) {
  const log = recordingLog()
  const clock = { nowMs: 0 }
  const now = () => clock.nowMs
  const known: { lastPuppet?: string; readonly seen: string[]; reads: number } = { seen: [], reads: 0 }
  const seenIds = async () => {
    known.reads += 1
    return known.seen
  }
  const store = { lastPuppet: async () => known.lastPuppet, seenIds }
  const warnings = new AccountWarnings({ account: accountOf(config), store, toolNames, log, now })
  const logged = () => log.lines.map(({ message }) => message)
  return { warnings, logged, clock, known }
}

it('reports an id that differs in case once, until the configured spelling sends a message', () => {
  const { warnings, logged } = watch({ allowFrom: ['O9ANN'] })
  warnings.see(['o9Bob', 'o9Ann'])
  warnings.see(['o9Ann'])
  expect(warnings.lines).toEqual([
    'allowFrom: "O9ANN" differs only in case from "o9Ann", which has sent messages; ids are case-sensitive',
  ])
  expect(logged()).toHaveLength(1)
  warnings.see(['O9ANN'])
  expect(warnings.lines).toEqual([])
})

it('logs an entry that cannot match once, however often the account connects', async () => {
  const { warnings, logged } = watch({ allowFrom: ['o9Ann'] })
  await warnings.checkIds('session')
  await warnings.checkIds('session')
  expect(warnings.lines).toEqual([expect.stringContaining('ids of this backend change at every login')])
  expect(logged()).toHaveLength(1)
})

it('compares the ids of messages from before the start', async () => {
  const { warnings, known } = watch({ allowFrom: ['O9ANN'] })
  known.seen.push('o9Ann')
  await warnings.checkIds('stable')
  expect(warnings.lines).toEqual([expect.stringContaining('differs only in case')])
})

it('reads earlier ids once, and never if no id is configured', async () => {
  const { warnings, known } = watch({ allowFrom: ['O9ANN'] })
  await warnings.checkIds('stable')
  await warnings.checkIds('stable')
  expect(known.reads).toBe(1)
  const open = watch({ allowFrom: ['*'], groups: { '*': {} } })
  await open.warnings.checkIds('stable')
  expect(open.known.reads).toBe(0)
})

it('asks for the tools at most once a minute and updates the warnings', async () => {
  const tools = { known: ['time'], away: ['wiki_'] }
  const config = { groups: { '*': { tools: ['time', 'wiki_serach'] } } }
  const { warnings, clock, logged } = watch(config, async () => ({ ...tools }))
  await warnings.checkTools()
  expect(warnings.lines).toEqual([])
  Object.assign(tools, { known: ['time', 'wiki_search'], away: [] })
  await warnings.checkTools()
  expect(warnings.lines).toEqual([])
  clock.nowMs += 60_000
  await warnings.checkTools()
  expect(warnings.lines).toEqual(['groups.*.tools: the agent has no tool named "wiki_serach"'])
  expect(logged()).toEqual(['the agent has no tool named "wiki_serach"'])
})

it('continues without warnings if the host cannot list its tools', async () => {
  const { warnings, logged } = watch({}, () => Promise.reject(new Error('not now')))
  await warnings.checkTools()
  expect(warnings.lines).toEqual([])
  expect(logged()).toEqual(['The list of tools could not be read from the host'])
  await watch({}).warnings.checkTools()
})

it('warns if the puppet differs from that of the last login', async () => {
  const { warnings, logged, known } = watch({ puppet: 'ilink' })
  await warnings.checkPuppet()
  known.lastPuppet = 'wechaty-puppet-ilink'
  await warnings.checkPuppet()
  expect(warnings.lines).toEqual([])
  known.lastPuppet = 'wechaty-puppet-service'
  await warnings.checkPuppet()
  expect(warnings.lines).toEqual([
    expect.stringMatching(/^puppet: the last login used "wechaty-puppet-service"; .*ids from there/),
  ])
  expect(logged()).toHaveLength(1)
})

it('reports a clock that is off once, and no longer when it is right', () => {
  const { warnings, logged } = watch({})
  const hourMs = 3_600_000
  for (const offsetMs of [undefined, 0, 4 * 60_000]) warnings.checkClock(offsetMs)
  expect(warnings.lines).toEqual([])
  warnings.checkClock(-25 * hourMs)
  warnings.checkClock(-25 * hourMs - 1_000)
  expect(warnings.lines).toEqual([
    expect.stringContaining("clock: the clock of this machine is 1500 minutes ahead of the backend's"),
  ])
  expect(logged()).toHaveLength(1)
  warnings.checkClock(0)
  expect(warnings.lines).toEqual([])
  warnings.checkClock(2 * hourMs)
  expect(warnings.lines).toEqual([expect.stringContaining("120 minutes behind the backend's")])
})
