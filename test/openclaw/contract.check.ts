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
      expect(result?.error).toBeUndefined()
    })
  }
})
