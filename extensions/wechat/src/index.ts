/**
 * The door for moltbot: the plugin that the gateway finds by its manifest.
 */

import type { ChannelPlugin } from '@moltbot/channel-sdk'
import { channelId, createChannel } from './channel.ts'
import { type WechatConfig, wechatConfigSchema } from './config/schema.ts'
import { importAccounts } from './imports/import-accounts.ts'
import { listBackends } from './puppets/packages.ts'
import { configWarnings } from './warnings/config-warnings.ts'

const plugin: ChannelPlugin<WechatConfig> = {
  id: channelId,
  label: 'WeChat',
  configSchema: wechatConfigSchema,
  warnings: configWarnings,
  backends: async (fromDir) => listBackends(fromDir),
  importAccounts,
  create: createChannel,
}

export default plugin
