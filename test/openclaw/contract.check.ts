import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hostContract } from '@moltbot/channel-sdk/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/process.ts'
import { type ModelProxy, startModelProxy } from './model-proxy.ts'
import { type OpenClaw, openClawStage } from './stage.ts'

const suiteTimeoutMs = 280_000
const resultsFile = join(tmpdir(), `moltbot-openclaw-contract-${process.pid}.json`)

/** What this host decides by itself; docs/openclaw.md tells people. */
const otherwise: Readonly<Record<string, string>> = {
  'keeps one session entry for a turn that is run again':
    'a plugin cannot take a question out of the session',
  'shows as many earlier user turns as the turn asks for, and all of them for 0':
    'old turns leave in batches',
  'ends an aborted turn with an AbortError and keeps nothing of it': 'the question of an aborted turn stays',
  'ends in a notice in both languages when the model fails, shows no secret, and lives on':
    'the host replaces the text of the provider by its own',
}

describe('the OpenClaw host keeps the host contract: it', () => {
  let host: OpenClaw
  let proxy: ModelProxy
  let results: readonly { name: string; error?: string }[] = []

  beforeAll(async () => {
    proxy = await startModelProxy()
    const env = { CONTRACT_RESULTS: resultsFile, CONTRACT_PROXY: proxy.baseUrl }
    const register = join(import.meta.dirname, 'contract-plugin.ts')
    host = await openClawStage({ register, env, modelBaseUrl: proxy.baseUrl })
    host.configure({ puppet: 'ilink', puppetOptions: host.backend.puppetOptions })
    await host.start()
    const read = () => {
      try {
        return JSON.parse(readFileSync(resultsFile, 'utf8'))
      } catch {
        return undefined
      }
    }
    results = await until(read, host.log, suiteTimeoutMs)
  }, suiteTimeoutMs * 2)

  afterAll(async () => {
    await host?.close()
    await proxy?.close()
    rmSync(resultsFile, { force: true })
  })

  for (const { name, needs } of hostContract) {
    it.skipIf(needs === 'clock')(name, () => {
      const result = results.find((one) => one.name === name)
      expect(result).toBeDefined()
      if (name in otherwise) expect(result?.error, 'the host has changed').toBeDefined()
      else expect(result?.error).toBeUndefined()
    })
  }
})
