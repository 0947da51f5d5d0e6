import { describe, expect, it } from 'vitest'
import type { PluginRuntime, SessionEntry } from './host-api.ts'
import { takeInterrupted } from './interrupted.ts'

type Sessions = PluginRuntime['agent']['session']

async function taken(sessions: Readonly<Record<string, SessionEntry>>): Promise<string[]> {
  const patched: string[] = []
  const session: Sessions = {
    listSessionEntries: () => Object.entries(sessions).map(([sessionKey, entry]) => ({ sessionKey, entry })),
    patchSessionEntry: async ({ sessionKey, update }) => {
      patched.push(sessionKey)
      expect(update({})).toEqual({ status: 'killed', abortedLastRun: false })
    },
  }
  const config = { current: () => ({}) }
  await takeInterrupted({ agent: { session }, config }, { warn: () => {} })
  return patched
}

describe('runs that were interrupted', () => {
  it('are taken from the host in this channel only', async () => {
    const sessions = {
      'agent:main:wechaty:a:direct:u1': { status: 'running' },
      'agent:main:wechaty:group:r1': { status: 'failed', abortedLastRun: true },
      'agent:main:wechaty:a:direct:u2': { status: 'done' },
      'agent:main:telegram:a:direct:u1': { status: 'running' },
    } as const
    expect(await taken(sessions)).toEqual(['agent:main:wechaty:a:direct:u1', 'agent:main:wechaty:group:r1'])
  })
})
