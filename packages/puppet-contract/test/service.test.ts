/** The suite on wechaty-puppet-service, over real gRPC on loopback, with wechaty-puppet-mock behind the server. */

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { PuppetMock } from 'wechaty-puppet-mock'
import { PuppetServer, PuppetService } from 'wechaty-puppet-service'
import { type Deviation, type PuppetHarness, puppetContract, withDeviations } from '../src/index.ts'
import { populatedMocker, subjectOf } from './mock-harness.ts'

/** A port that was free a moment ago: the server cannot tell which one it was given for port 0. */
async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const probe = createServer().once('error', reject)
  probe.listen(0, '127.0.0.1', () => {
    const address = probe.address()
    probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(address)))
  })
  return promise
}

const harness: PuppetHarness = {
  gives: ['receiveRoomText', 'sentTexts'],
  create: async () => {
    const mocker = populatedMocker()
    const hosted = new PuppetMock({ mocker })
    hosted.on('error', () => undefined)
    const endpoint = `127.0.0.1:${await freePort()}`
    const token = `insecure_${randomUUID()}`
    const server = new PuppetServer({ endpoint, puppet: hosted, token })
    await server.start()
    return subjectOf(new PuppetService({ endpoint, token }), mocker, async () => server.stop())
  },
}

const deviations: Record<string, Deviation> = {}

describe('wechaty-puppet-service before wechaty-puppet-mock', () => {
  const { HOME } = process.env
  let home = ''
  // The client keeps LevelDB files under the home folder and offers no other place.
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'puppet-contract-'))
    process.env.HOME = home
  })
  afterAll(async () => {
    process.env.HOME = HOME
    await rm(home, { recursive: true, force: true })
  })

  for (const { name, run } of withDeviations(puppetContract(harness), deviations)) it(name, run)
})
