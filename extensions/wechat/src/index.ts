/**
 * The door for moltbot: the plugin that the gateway finds by its manifest.
 */

import type { ChannelPlugin } from '@moltbot/channel-sdk'
import { channelId, createChannel } from './channel.ts'
import { channelChecks } from './checks/channel-checks.ts'
import { writtenAccounts } from './config/resolve.ts'
import { type WechatConfig, wechatConfigSchema } from './config/schema.ts'
import { importAccounts } from './imports/import-accounts.ts'
import { itemOf } from './operator-outbox.ts'
import { listBackends } from './puppets/packages.ts'
import { storeFile } from './store/sqlite-store.ts'
import { storedOutbox } from './store/stored-outbox.ts'
import { storedState } from './store/stored-state.ts'
import { configWarnings } from './warnings/config-warnings.ts'

const plugin: ChannelPlugin<WechatConfig> = {
  id: channelId,
  label: 'WeChat',
  configSchema: wechatConfigSchema,
  warnings: configWarnings,
  resolved: (config) => writtenAccounts(config).map(([accountId, settings]) => ({ accountId, settings })),
  backends: async (fromDir) => listBackends(fromDir),
  importAccounts,
  storedOutbox: async (stateDir, listing) =>
    storedOutbox(storeFile(stateDir), listing).map(({ accountId, row }) => ({
      ...itemOf(accountId, row),
      preview: '',
    })),
  stored: storedState,
  checks: channelChecks,
  create: createChannel,
}

export default plugin
