/**
 * A bot that answers one message, stops, and then has nothing more to do: the process has to end by itself.
 * Arguments: base URL of a simulator, state folder, bot token, bot id.
 */

import { controlClient } from 'ilink-simulator'
import { PuppetILink } from '../src/index.ts'

const [baseUrl = '', stateDir = '', token = '', botId = ''] = process.argv.slice(2)
const puppet = new PuppetILink({ baseUrl, loginBaseUrl: baseUrl, stateDir, token, acknowledge: 'manual' })

puppet.on('error', ({ gerror }) => console.error(gerror))
puppet.once('message', async ({ messageId }) => {
  const { talkerId } = await puppet.messagePayload(messageId)
  await puppet.conversationTyping(talkerId, true)
  await puppet.messageSendText(talkerId, 'answer')
  puppet.ack(messageId)
  await puppet.stop()
})
await puppet.start()
await controlClient(baseUrl).inbound({ botId, text: 'hello' })
