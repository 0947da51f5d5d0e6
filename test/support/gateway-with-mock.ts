/**
 * A gateway whose steered mocks are in its own process, while other puppets run as always. It is run instead of
 * `moltbot gateway run`.
 */

import { parseArgs } from 'node:util'
import { createLog, loadConfig, startGateway, toSettings } from '@moltbot/gateway'
import { log as wechatyLog } from 'wechaty-puppet'
import { createChannel } from '../../extensions/wechat/src/channel.ts'
import plugin from '../../extensions/wechat/src/index.ts'
import { createPuppet as createAnyPuppet } from '../../extensions/wechat/src/puppets/registry.ts'
import { group } from '../../extensions/wechat/test/mock-world-messages.ts'
import SteeredPuppet from '../../extensions/wechat/test/steered-puppet.ts'
import { stateDirPath } from '../../packages/gateway/src/state/state-dir.ts'
import { steeredInProcess } from './steered.ts'

wechatyLog.level('silent')
const { values } = parseArgs({ options: { config: { type: 'string' } }, strict: false })
const path = String(values.config)
const createPuppet: typeof createAnyPuppet = async (account, place) => {
  if (account.puppet !== steeredInProcess) return createAnyPuppet(account, place)
  const { world, groupId = group.id } = account.puppetOptions
  return { puppet: new SteeredPuppet({ world: String(world), groupId: String(groupId) }) }
}
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
