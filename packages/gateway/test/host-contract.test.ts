import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type HostHarness, type HostStart, hostContract } from '@moltbot/channel-sdk/testing'
import { describe, it } from 'vitest'
import { loadConfig } from '../src/config/load.ts'
import { connectGateway } from '../src/control/client.ts'
import { startGateway } from '../src/gateway.ts'
import { createLog } from '../src/log/logger.ts'
import { toSettings } from '../src/settings.ts'

const embedded: HostHarness = {
  injectsClock: true,
  start: async (options) => {
    const { stateDir, plugin, now } = options
    const path = writeConfig(options)
    const lines: string[] = []
    const gateway = await startGateway({
      stateDir,
      now,
      plugins: [plugin],
      log: createLog({ format: 'json', write: (line) => lines.push(line) }),
      loadSettings: async () => toSettings(await loadConfig({ path, env: {}, channels: [plugin] })),
    })
    await gateway.ready()
    const client = connectGateway(stateDir)
    return {
      approve: async (code) => void (await client.call('approve', { code })),
      logText: () => lines.join(''),
      stop: () => gateway.stop({ deadlineMs: 2_000 }),
    }
  },
}

function writeConfig({ stateDir, plugin, channelConfig, model }: HostStart): string {
  const path = join(stateDir, 'config.json5')
  const config = {
    gateway: { port: 0 },
    agents: { defaults: { model: 'test/some-model' } },
    models: { providers: { test: { ...model, api: 'openai-completions' } } },
    channels: { [plugin.id]: channelConfig },
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

describe('the embedded gateway keeps the host contract: it', () => {
  for (const { name, run } of hostContract) it(name, () => run(embedded))
})
