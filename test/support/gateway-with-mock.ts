/**
 * A gateway whose puppets are all steered mocks in its own process. It is run instead of `moltbot gateway run`.
 */

import { parseArgs } from 'node:util'
import { createLog, loadConfig, startGateway, toSettings } from '@moltbot/gateway'
import { log as wechatyLog } from 'wechaty-puppet'
import { createChannel } from '../../extensions/wechat/src/channel.ts'
import plugin from '../../extensions/wechat/src/index.ts'
import SteeredPuppet from '../../extensions/wechat/test/steered-puppet.ts'
import { stateDirPath } from '../../packages/gateway/src/state/state-dir.ts'

wechatyLog.level('silent')
const { values } = parseArgs({ options: { config: { type: 'string' } }, strict: false })
const path = String(values.config)
const createPuppet = async ({ puppetOptions }: { readonly puppetOptions: object }) => ({
  puppet: new SteeredPuppet({ world: String(Reflect.get(puppetOptions, 'world')) }),
})
const plugins = [
  {
    ...plugin,
    create: (...[host, config]: Parameters<typeof plugin.create>) =>
      createChannel(host, config, { createPuppet }),
  },
]
const log = createLog({ format: 'json' })
const gateway = await startGateway({
  stateDir: stateDirPath(),
  log,
  plugins,
  loadSettings: async () => toSettings(await loadConfig({ path, env: process.env, channels: plugins })),
  port: 0,
})
process.on('SIGTERM', () => void gateway.stop())
process.exit(await gateway.ended)
