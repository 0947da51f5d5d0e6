/**
 * A folder for configuration files, and the real WeChat configuration room behind a channel that never starts.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChannelPlugin } from '@moltbot/channel-sdk'
import { type WechatConfig, wechatConfigSchema } from '../../../extensions/wechat/src/config/schema.ts'
import { configWarnings } from '../../../extensions/wechat/src/warnings/config-warnings.ts'

const wechat: ChannelPlugin<WechatConfig> = {
  id: 'wechat',
  label: 'WeChat',
  configSchema: wechatConfigSchema,
  warnings: configWarnings,
  create: () => Promise.reject(new Error('configuration tests start nothing')),
}

export const channels: readonly ChannelPlugin[] = [wechat]

export interface ConfigFolder {
  readonly path: string
  /** Writes the configuration file and returns its path. */
  write(text: string): string
  remove(): void
}

export function configFolder(): ConfigFolder {
  const path = mkdtempSync(join(tmpdir(), 'moltbot-config-'))
  return {
    path,
    write(text) {
      writeFileSync(join(path, 'config.json5'), text)
      return join(path, 'config.json5')
    },
    remove: () => rmSync(path, { recursive: true }),
  }
}
