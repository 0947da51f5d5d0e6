/**
 * The door for OpenClaw: what its plugin loader finds. The host parses and copies every module that it can see from here
 * whenever it starts, and in each of its commands; for Wechaty and what belongs to it that takes longer than the host
 * itself needs to start. So this file imports none of ours, and the channel is loaded by Node alone.
 */

import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { HostModules } from './host-api.ts'
import type { PluginApi } from './host-plugin.ts'

/** Not a literal, which the host would follow. */
const channelModule = ['dist', 'openclaw', 'plugin.js'].join('/')
/** Not a literal, since these modules exist in the host only. */
const sdk = (name: string) => ['openclaw', 'plugin-sdk', name].join('/')
const host: HostModules = {
  process: () => import(sdk('runtime')),
  gateway: () => import(sdk('gateway-runtime')),
  media: () => import(sdk('media-runtime')),
}

const plugin = {
  id: 'wechaty',
  name: 'WeChat',
  description: 'WeChat direct messages and groups through Wechaty puppets',
  configSchema: { jsonSchema: { type: 'object', additionalProperties: false, properties: {} } },
  register(api: PluginApi): void {
    // From outside of the plugin's folder: inside of it the host has a loader of its own.
    const load = createRequire(join(api.rootDir, '..', 'package.json'))
    const channel: typeof import('./plugin.ts') = load(join(api.rootDir, channelModule))
    channel.register(api, host)
  },
}

export default plugin
