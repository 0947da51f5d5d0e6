/**
 * Two processes and one folder of the channel.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createChannel } from '../src/channel.ts'
import { wechatConfigSchema } from '../src/config/schema.ts'
import { testHost } from './host.ts'
import { temporaryFolder } from './samples.ts'

const config = wechatConfigSchema.parse({ puppet: 'mock' })

/** @returns the process, and the first line that it prints */
async function runElsewhere(folder: string): Promise<{ child: ChildProcess; line: unknown }> {
  const script = join(import.meta.dirname, 'channel-process.ts')
  const child = spawn(process.execPath, ['--conditions=@moltbot/source', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, line }
}

describe('the channel on a folder', { timeout: 120_000 }, () => {
  it('runs in one process at a time, and a kill frees it', async () => {
    const folder = join(temporaryFolder(), 'made by the first')
    const { child, line } = await runElsewhere(folder)
    expect(line).toBe('running')
    const refusal = { code: 'locked', retryable: true, message: expect.stringContaining(folder) }
    await expect(createChannel(testHost(folder), config)).rejects.toMatchObject(refusal)
    expect((await runElsewhere(folder)).line).toBe('locked')

    child.kill('SIGKILL')
    await once(child, 'close')
    const here = await createChannel(testHost(folder), config)
    expect((await runElsewhere(folder)).line).toBe('locked')
    await here.stop({ deadlineMs: 1_000 })
    expect((await runElsewhere(folder)).line).toBe('running')
  })

  it('is free again where the channel could not be opened', async () => {
    const folder = temporaryFolder()
    const newer = new DatabaseSync(join(folder, 'wechat.sqlite'))
    newer.exec('CREATE TABLE newer (x); PRAGMA user_version = 999999')
    await expect(createChannel(testHost(folder), config)).rejects.toMatchObject({ code: 'database-too-new' })
    newer.exec('DROP TABLE newer; PRAGMA user_version = 0')
    newer.close()
    expect((await runElsewhere(folder)).line).toBe('running')
  })
})
