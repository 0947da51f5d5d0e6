/** A case that cannot fail proves nothing: each is shown to fail on a puppet that is broken where it looks. */
import { describe, expect, it, test } from 'vitest'
import { log } from 'wechaty-puppet'
import { Loopback } from '../examples/loopback.ts'
import { loopbackHarness, onBackend } from '../examples/loopback-harness.ts'
import { notApplicable, type PuppetHarness, type PuppetUnderTest, puppetContract } from '../src/index.ts'
import type { Fault } from './faults/fault.ts'
import { messageFaults } from './faults/messages.ts'
import { runningFaults } from './faults/running.ts'
import { mockHarness } from './mock-harness.ts'

log.level('silent')

const faults = [...runningFaults, ...messageFaults]
const timeouts = { startMs: 1_000, stopMs: 1_000, answerMs: 1_000, quietMs: 50 }

/** The loopback puppet, broken, also after a restart. */
function broken({ breakIt }: Fault): PuppetHarness {
  const create = (backend: Loopback): PuppetUnderTest => {
    const subject = { ...onBackend(backend), restart: async () => create(backend) }
    breakIt(subject, backend)
    return subject
  }
  return { ...loopbackHarness, timeouts, create: async () => create(new Loopback()) }
}

/** The names of the cases that fail, of those that are `chosen`. */
async function failing(
  harness: PuppetHarness,
  chosen: (name: string) => boolean,
): Promise<readonly string[]> {
  const failed: string[] = []
  for (const { name, run } of puppetContract(harness).filter(({ name }) => chosen(name))) {
    await run().catch(() => failed.push(name))
  }
  return failed
}

describe('the suite notices a puppet that', () => {
  for (const fault of faults) {
    it(fault.fault, async () => {
      const failed = await failing(broken(fault), (name) => !fault.spreads || fault.fails.includes(name))
      expect(failed.toSorted()).toEqual(fault.fails.toSorted())
    })
  }

  it('leaves the sender of a room text off the member list', async () => {
    const harness = {
      ...mockHarness,
      create: async () => {
        const subject = await mockHarness.create()
        subject.puppet.roomMemberList = async () => []
        return subject
      },
    }
    const name = 'a received room text leads to the room and to its sender as a member'
    expect(await failing(harness, (candidate) => candidate === name)).toEqual([name])
  })
})

test('every case of the suite has a fault that it notices', () => {
  const noticed = new Set(faults.flatMap(({ fails }) => fails))
  const unproven = puppetContract(loopbackHarness).filter(({ name }) => !noticed.has(name))
  expect(unproven.map(({ name }) => name)).toEqual([])
  expect(notApplicable(loopbackHarness).map(({ needs }) => needs)).toEqual([['receiveRoomText']])
})
