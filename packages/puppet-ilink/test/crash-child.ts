/**
 * A consumer that will be killed: writes every message that it gets to a file, then acknowledges it.
 * Arguments: base URL, state folder, bot token, file to write to.
 */

import { appendFileSync } from 'node:fs'
import { PuppetILink } from '../src/index.ts'

const [baseUrl = '', stateDir = '', token = '', path = ''] = process.argv.slice(2)
const puppet = new PuppetILink({ baseUrl, loginBaseUrl: baseUrl, stateDir, token, acknowledge: 'manual' })

puppet.on('error', ({ gerror }) => console.error(gerror))
puppet.on('message', ({ messageId }) => {
  appendFileSync(path, `${messageId}\n`)
  puppet.ack(messageId)
})
await puppet.start()
