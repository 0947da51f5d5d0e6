import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeTarget } from '../../test/fake-target.ts'
import { scratch } from '../../test/scratch.ts'
import { createLog } from '../log/logger.ts'
import { restoreState } from '../state/backup.ts'
import { StateDesk } from '../state/state-desk.ts'
import { createControlApp } from './app.ts'
import { type ControlServer, listen } from './server.ts'

const token = 'the-right-token'
const { logger: log } = createLog({ format: 'json', write: () => undefined })
const authorized = { authorization: `Bearer ${token}` }

let stateDir: string
let server: ControlServer

const target = () => fakeTarget({ state: async () => new StateDesk(stateDir, log) })

beforeEach(async () => {
  stateDir = scratch()
  const { db } = openDatabase(join(stateDir, 'gateway.sqlite'), ['CREATE TABLE note (text TEXT)'])
  await db.close()
  server = await listen({ host: '127.0.0.1', port: 0, token, target: target(), log })
})
afterEach(() => server.close())

const call = (method: string, path: string, body?: object) =>
  fetch(server.url + path, { method, headers: authorized, ...(body && { body: JSON.stringify(body) }) })

it.each([
  ['GET', '/api/state/check'],
  ['GET', '/api/state/backup'],
  ['POST', '/api/state/backup'],
  ['POST', '/api/state/restore'],
])('requires the token: %s %s', async (method, path) => {
  expect((await fetch(server.url + path, { method })).status).toBe(401)
})

it('checks the databases', async () => {
  const response = await call('GET', '/api/state/check')
  expect(await response.json()).toEqual({ databases: [{ path: 'gateway.sqlite' }] })
})

it('reports a damaged database', async () => {
  writeFileSync(join(stateDir, 'other.sqlite'), 'no database at all')
  const { databases } = Object(await (await call('GET', '/api/state/check')).json())
  expect(databases).toContainEqual({ path: 'other.sqlite', problem: expect.any(String) })
})

it('saves the state under a name, or under the time', async () => {
  const named = await call('POST', '/api/state/backup', { name: 'monday.tar.gz' })
  expect(named.status).toBe(201)
  expect(await named.json()).toEqual({ file: join(stateDir, 'backups', 'monday.tar.gz'), files: 1 })
  expect((await call('POST', '/api/state/backup')).status).toBe(201)
  expect((await call('POST', '/api/state/backup', { name: 'monday.tar.gz' })).status).toBe(409)
})

it.each(['../evil', 'a/b', '/etc/evil', '..', '.hidden', '', 'a\u0000b', 'a\\b', 'x'.repeat(101)])(
  'writes nowhere else: %j',
  async (name) => {
    expect((await call('POST', '/api/state/backup', { name })).status).toBe(400)
  },
)

it('hands out an archive that can be restored', async () => {
  const response = await call('GET', '/api/state/backup')
  expect(response.status).toBe(200)
  expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="moltbot-.*\.tar\.gz"$/)
  const file = join(scratch(), 'copy.tar.gz')
  writeFileSync(file, new Uint8Array(await response.arrayBuffer()))
  await restoreState(join(scratch(), 'restored'), file)
  expect((await call('HEAD', '/api/state/backup')).status).toBe(405)
})

it('does not restore into a running gateway, and says what to do', async () => {
  const response = await call('POST', '/api/state/restore')
  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({
    error: { code: 'gateway-running', message: expect.stringContaining('moltbot state restore FILE') },
  })
})

describe('a download', () => {
  const from = (remoteAddress: string | undefined) => {
    const socket = { remoteAddress, remotePort: 1, remoteFamily: 'IPv4' }
    const app = createControlApp({ token, target: target(), log, boundPort: () => 0 })
    const headers = { ...authorized, host: 'localhost' }
    return app.request('/api/state/backup', { headers }, { incoming: { socket } })
  }

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])(
    'is for this machine: %s',
    async (address) => {
      const response = await from(address)
      expect(response.status).toBe(200)
      await response.arrayBuffer()
    },
  )

  it.each(['192.168.1.5', '::ffff:192.168.1.5', '2001:db8::1', '1127.0.0.1', undefined])(
    'is refused elsewhere: %s',
    async (address) => {
      const response = await from(address)
      expect(response.status).toBe(403)
      expect(await response.json()).toMatchObject({ error: { code: 'not-from-here' } })
    },
  )
})
