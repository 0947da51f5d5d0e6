/**
 * A process that runs the channel on a folder until it is killed: `channel-process.ts <folder>`. It prints `running`, or the
 * code of what keeps it from that.
 */

import { codeOf } from '@moltbot/channel-sdk'
import { createChannel } from '../src/channel.ts'
import { wechatConfigSchema } from '../src/config/schema.ts'
import { testHost } from './host.ts'

const [, , folder = ''] = process.argv
try {
  await createChannel(testHost(folder), wechatConfigSchema.parse({ puppet: 'mock' }))
  console.log('running')
  setInterval(() => undefined, 60_000)
} catch (error) {
  console.log(codeOf(error))
}
