/**
 * The gateway as a library: start one in a program of your own, on your own plugins or on those that are installed.
 */

export { ConfigError } from './config/config-error.ts'
export { type LoadedConfig, type LoadOptions, loadConfig } from './config/load.ts'
export { loadInstalledPlugins } from './extensions/discover.ts'
export { startGateway } from './gateway.ts'
export type { Gateway, GatewayOptions } from './gateway-types.ts'
export { createLog, type Log, type LogOptions } from './log/logger.ts'
export { type Settings, toSettings } from './settings.ts'
