/** The suite on wechaty-puppet-service, over real gRPC on loopback, with wechaty-puppet-mock behind the server. */

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { PuppetMock } from 'wechaty-puppet-mock'
import { PuppetServer, PuppetService } from 'wechaty-puppet-service'
import {
  type Deviation,
  notApplicable,
  type PuppetHarness,
  puppetContract,
  withDeviations,
} from '../src/index.ts'
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

/** A message of exactly these lines. */
const lines = (patterns: readonly string[]) => new RegExp(`^AssertionError.*: ${patterns.join('\\n')}$`)

const harness: PuppetHarness = {
  gives: ['receiveRoomText', 'sentTexts'],
  timeouts: { answerMs: 3_000 },
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

const deviations: Record<string, Deviation> = {
  'every member of the contract is a function': {
    error:
      /missing members: messageSendPost, postRawPayload, postRawPayloadParser, postPublish, postSearch, tap, tapSearch$/,
    reason: 'the client of 1.19.9 has no posts and no taps',
  },
  'a member that is not supported refuses with the error of the contract and no other': {
    error: lines([
      'messageFile fails with "DeadlineError: messageFile: not done within \\d+ ms"',
      'roomInvitationRawPayload fails with ".*Cannot read properties of undefined \\(reading \'avatar\'\\)"',
      'roomInvitationRawPayloadParser fails with ".*Cannot read properties of undefined \\(reading \'avatar\'\\)"',
      'friendshipSearchHandle fails with ".*puppet.friendshipSearchHandle is not a function"',
    ]),
    reason: 'a refused file stream never ends at the client; the rest are gaps of the mock behind the server',
  },
  'what WeChaty asks for by itself is answered': {
    error: lines(['conversationReadMark throws ".*Wechaty Puppet Unsupported API Error.*"']),
    reason: 'the client of 1.19.9 refuses the read mark',
  },
  'ready comes once, after the login': {
    error: /waiting for the event 'ready' /,
    reason: 'the mock behind the server never says ready',
  },
  'the self contact is answered inside the logout event of a stop': {
    error: /no grpc manager$/,
    reason: 'the client drops its connection before it tells the logout',
  },
  'the self contact is answered after stop': {
    error: /no grpc manager$/,
    reason: 'the client keeps no contacts once its connection is gone',
  },
  'a listener that throws ends neither the puppet nor the process': {
    error: /errors that reached the process[\s\S]*thrown by a listener of the contract suite/,
    reason: 'the throw leaves the handler of the gRPC stream as an uncaught exception',
  },
}

describe('wechaty-puppet-service before wechaty-puppet-mock', () => {
  let home = ''
  // The client keeps LevelDB files under the home folder and offers no other place.
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'puppet-contract-'))
    vi.stubEnv('HOME', home)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await rm(home, { recursive: true, force: true })
  })

  for (const { name, run } of withDeviations(puppetContract(harness), deviations)) it(name, run)
  for (const { name, needs } of notApplicable(harness)) it.skip(`${name} (needs ${needs.join(', ')})`)
})
