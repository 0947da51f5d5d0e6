/**
 * How often a turn waits for PostgreSQL, from the message to the answer that was sent: a count, since each is a way over the network.
 */

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startModelServer } from '@moltbot/channel-sdk/testing'
import { expect, it } from 'vitest'
import { startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome } from './support/gateway.ts'
import { emptyDatabase, postgresNote, withoutPostgres } from './support/postgres.ts'
import { tripsFile } from './support/postgres-trips.ts'
import { until } from './support/process.ts'

const person = 'o9Person@im.wechat'
const most = 6
/** What the gateway asks by itself now and then. */
const besides = /cluster\.|server_version_num|LISTEN|^SELECT 1$/

it.skipIf(withoutPostgres)(
  `a turn of a direct chat waits for the database ${most} times at most${postgresNote}`,
  { timeout: 120_000 },
  async () => {
    const backend = await startBackend()
    const model = await startModelServer({ reply: ({ lastUserText }) => `answer to ${lastUserText}` })
    const config = configOf(backend, model.baseUrl, { alpha: { dmPolicy: 'pairing' } })
    const preload = pathToFileURL(resolve('test/support/postgres-trips.ts')).href
    const home = new GatewayHome({ ...config, state: { url: await emptyDatabase() } })
    const file = join(home.folder, 'trips')
    try {
      const gateway = home.startWith({ NODE_OPTIONS: `--import=${preload}`, [tripsFile]: file })
      const { url } = await gateway.line({ event: 'account.qr', accountId: 'alpha' })
      const { botId } = await backend.scanAndConfirm(String(url), 'o9Owner@im.wechat')
      await gateway.line({ event: 'account.state', accountId: 'alpha', state: 'online' }, 60_000)
      const statements = () =>
        readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '' && !besides.test(line))
      const sent = (parts: number) => {
        const areSent = async () =>
          statements().filter((line) => line.includes('.mark_sent(')).length >= parts ? true : undefined
        return until(areSent, gateway.stdout, 60_000)
      }
      const write = (text: string) => backend.control.inbound({ botId, from: person, text })
      await write('may I?')
      await sent(1) // The pairing code.
      const { stdout } = await home.moltbot('pairing', 'list', '--json')
      await home.moltbot('pairing', 'approve', /"code":\s*"(\w+)"/.exec(stdout)?.[1] ?? '')
      await sent(2) // That it is approved.
      await write('one')
      await sent(3)
      const before = statements().length
      for (const [index, text] of ['two', 'three', 'four'].entries()) {
        await write(text)
        await sent(index + 4)
      }
      const asked = statements().slice(before)
      const trips = asked.filter((line) => !line.startsWith('+ '))
      expect(trips.length / 3, asked.map((line) => line.slice(0, 160)).join('\n')).toBeLessThanOrEqual(most)
    } finally {
      await home.dispose()
      await Promise.all([backend.close(), model.close()])
    }
  },
)
