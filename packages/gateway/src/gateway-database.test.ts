import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loggerTo } from '../test/agent-stage.ts'
import { scratch } from '../test/scratch.ts'
import { openGatewayDatabase, reportDamage } from './gateway-database.ts'
import { createSessionStore } from './sessions/sqlite-sessions.ts'

async function filled(): Promise<string> {
  const stateDir = scratch()
  const { db, close } = openGatewayDatabase(stateDir, loggerTo([]))
  const store = createSessionStore(db)
  const text = 'x'.repeat(500)
  for (let n = 0; n < 200; n++) {
    await store.saveTurn(`key ${n}`, { turnId: `turn ${n}`, user: text, assistant: text, atMs: n })
  }
  await close()
  return join(stateDir, 'gateway.sqlite')
}

describe('the check of gateway.sqlite', () => {
  it('reports nothing of a sound file', async () => {
    const lines: string[] = []
    await reportDamage(await filled(), loggerTo(lines))
    expect(lines).toEqual([])
  })

  it('reports a damaged one, with what to do, and the next start moves it aside', async () => {
    const file = await filled()
    const bytes = readFileSync(file)
    bytes.fill(0x55, bytes.length - 9 * 4_096)
    writeFileSync(file, bytes)
    const lines: string[] = []
    await reportDamage(file, loggerTo(lines))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/"level":"error","event":"state.damaged".*restart the gateway/)
    const { close } = openGatewayDatabase(join(file, '..'), loggerTo(lines))
    await close()
    expect(lines[1]).toContain('state.corrupt')
  })

  it('that cannot be made is a warning', async () => {
    const lines: string[] = []
    await reportDamage(join(scratch(), 'nowhere.sqlite'), loggerTo(lines))
    expect(lines).toMatchObject([expect.stringContaining('"level":"warn"')])
  })
})

/** What a turn does with it. @throws what the file says */
async function remembersOneMore(stateDir: string): Promise<void> {
  const { db, close, unreadable } = openGatewayDatabase(stateDir, loggerTo([]))
  const store = createSessionStore(db, unreadable)
  try {
    await store.history('key 7', { userTurns: 10 })
    await store.saveTurn('new', { turnId: 'new', user: 'hello', assistant: 'hi', atMs: 1 })
    expect(await store.history('new', { userTurns: 10 })).toHaveLength(1)
  } finally {
    await close()
  }
}

it('a changed byte anywhere costs a restart at most', async () => {
  const sound = readFileSync(await filled())
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.nat({ max: 99 }), fc.nat({ max: sound.length - 1 })),
      fc.integer({ min: 1, max: 255 }),
      async (at, mask) => {
        const stateDir = scratch()
        const bytes = Buffer.from(sound)
        bytes[at] = (bytes[at] ?? 0) ^ mask
        writeFileSync(join(stateDir, 'gateway.sqlite'), bytes)
        await remembersOneMore(stateDir).catch(() => remembersOneMore(stateDir))
      },
    ),
    { numRuns: 30 },
  )
}, 60_000)
