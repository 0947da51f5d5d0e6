import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
