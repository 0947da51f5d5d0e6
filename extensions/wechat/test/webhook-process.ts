/**
 * A process that runs one account until it is killed: `webhook-process.ts <folder> <channels.wechat as JSON>`.
 */

import { createChannel } from '../src/channel.ts'
import { wechatConfigSchema } from '../src/config/schema.ts'
import { testHost } from './host.ts'

const [, , folder = '', config = ''] = process.argv
const channel = await createChannel(testHost(folder), wechatConfigSchema.parse(JSON.parse(config)))
await channel.startAccount('default')
setInterval(() => undefined, 60_000)
