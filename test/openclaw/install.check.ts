/**
 * The plugin as it is packed, by the commands of OpenClaw's plugin manager.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packedPlugin } from './folders.ts'
import { type OpenClaw, openClawStage } from './stage.ts'

describe('the packed plugin', () => {
  let host: OpenClaw

  beforeAll(async () => {
    host = await openClawStage()
  })
  afterAll(() => host?.close())

  it('is installed, loaded and enabled under its own name', async () => {
    const flags = ['--force', '--accept-capabilities']
    const { code, output } = await host.run('plugins', 'install', `npm-pack:${packedPlugin}`, ...flags)
    expect(code, output).toBe(0)
    const config = JSON.parse(readFileSync(join(host.stateDir, '..', 'openclaw.json'), 'utf8'))
    expect(config.plugins.entries).toHaveProperty('wechaty')
    const inspected = await host.run('plugins', 'inspect', 'wechaty', '--runtime')
    expect(inspected.output).toContain('Status: loaded')
    expect(inspected.output).toContain('wechaty')
  })

  it('is uninstalled', async () => {
    const { code, output } = await host.run('plugins', 'uninstall', 'wechaty', '--force')
    expect(code, output).toBe(0)
    expect((await host.run('plugins', 'list')).output).not.toMatch(/wechaty/)
  })
})
