/**
 * The model of `turns.ts`, and a server that does nothing, for the floor: a process of their own. Prints where they are
 * and runs until SIGTERM.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { startModelServer } from '../../packages/channel-sdk/src/testing/model-server.ts'
import { replyText } from './turns-people.ts'

const model = await startModelServer({ reply: () => replyText })
const bare = createServer((_request, response) => response.end('ok'))
await once(bare.listen(0, '127.0.0.1'), 'listening')
const address = bare.address()
const port = address !== null && typeof address === 'object' ? address.port : 0
console.log(JSON.stringify({ baseUrl: model.baseUrl, bareUrl: `http://127.0.0.1:${port}/` }))

process.once('SIGTERM', async () => {
  bare.close().closeAllConnections()
  await model.close()
  process.exit()
})
