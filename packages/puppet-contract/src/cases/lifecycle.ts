/** Starting, stopping, and doing both again. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { MemoryCard } from 'memory-card'
import { Puppet } from 'wechaty-puppet'
import { type Bench, uniqueText } from '../bench.ts'
import { eventNames } from '../events.ts'
import { soleId } from '../shapes.ts'
import type { CaseDefinition } from './case.ts'

const cycles = 3

/** A puppet that does nothing: what still grows in it is wechaty-puppet's own doing. */
class BarePuppet extends Puppet {
  override async onStart() {}
  override async onStop() {}
}

/** Listeners of the puppet and of the process, by event. */
function countListeners(puppet: Puppet): ReadonlyMap<string, number> {
  return new Map([
    ...eventNames.map((name) => [name, puppet.listenerCount(name)] as const),
    ...process.eventNames().map((name) => [`process ${String(name)}`, process.listenerCount(name)] as const),
  ])
}

/** How many listeners each event has more after the last of three cycles than after the first. */
async function growth(puppet: Puppet, cycle: () => Promise<void>): Promise<ReadonlyMap<string, number>> {
  await cycle()
  const first = countListeners(puppet)
  for (let done = 1; done < cycles; done += 1) await cycle()
  return new Map([...countListeners(puppet)].map(([name, count]) => [name, count - (first.get(name) ?? 0)]))
}

async function growthOfBarePuppet(): Promise<ReadonlyMap<string, number>> {
  const puppet = new BarePuppet()
  return growth(puppet, async () => {
    await puppet.start()
    puppet.login('bare')
    await puppet.stop()
  })
}

/** One cycle on the same puppet; the third is where doubled subscriptions show. */
async function cycleOnce(bench: Bench): Promise<void> {
  const from = bench.events.list.length
  await bench.start()
  await bench.login(from)
  await bench.stop()
}

export const lifecycleCases: readonly CaseDefinition[] = [
  {
    name: 'start resolves in time without a login',
    async run(bench) {
      await bench.start()
      assert.equal(bench.puppet.state.active(), true)
    },
  },
  {
    name: 'a stopped puppet is inactive and logged out',
    async run(bench) {
      await bench.online()
      await bench.stop()
      assert.equal(bench.puppet.state.inactive(), true)
      assert.equal(bench.puppet.isLoggedIn, false)
    },
  },
  {
    name: 'stop resolves in time before a start, twice in a row and twice at once',
    async run(bench) {
      await bench.stop()
      await bench.start()
      await Promise.all([bench.stop(), bench.stop()])
      await bench.stop()
      assert.equal(bench.puppet.state.inactive(), true)
    },
  },
  {
    name: 'nothing is emitted after stop, no heartbeat and no message that comes meanwhile',
    async run(bench) {
      await bench.online()
      await bench.receive()
      await bench.stop()
      const before = bench.events.list.length
      await bench.peerSays(uniqueText())
      await delay(bench.timeouts.quietMs)
      assert.deepEqual(bench.events.list.slice(before), [])
    },
  },
  {
    name: 'a session without trouble has no error event',
    async run(bench) {
      await bench.online()
      await bench.receive()
      await bench.answer(
        bench.puppet.messageSendText(bench.subject.peerId, uniqueText()),
        'messageSendText()',
      )
      await bench.stop()
      assert.deepEqual(bench.events.named('error'), [])
    },
  },
  {
    name: 'three start and stop cycles add no listeners beyond those of wechaty-puppet',
    async run(bench) {
      const bare = await growthOfBarePuppet()
      const grown = await growth(bench.puppet, () => cycleOnce(bench))
      const own = [...grown].filter(([name, count]) => count > (bare.get(name) ?? 0))
      assert(own.length === 0, `grown: ${own.map(([name, count]) => `${name} +${count}`).join(', ')}`)
    },
  },
  {
    name: 'after three start and stop cycles a message still comes once',
    async run(bench) {
      for (let done = 0; done < cycles; done += 1) await cycleOnce(bench)
      const from = bench.events.list.length
      await bench.start()
      await bench.login(from)
      const first = await bench.receive()
      const last = await bench.receive()
      const ids = bench.events.list
        .slice(from, last.at)
        .filter(({ name }) => name === 'message')
        .map(({ payload }) => soleId('message', payload, 'messageId'))
      assert.equal(ids.filter((id) => id === first.id).length, 1)
    },
  },
  {
    name: 'ding is answered by a dong with the same data',
    async run(bench) {
      await bench.start()
      bench.puppet.ding('contract')
      assert.deepEqual(await bench.events.payload('dong'), { data: 'contract' })
    },
  },
  {
    name: 'the memory card can be set once',
    async run({ puppet }) {
      const card = new MemoryCard('contract')
      puppet.setMemory(card)
      assert.equal(puppet.memory, card)
      assert.throws(() => puppet.setMemory(new MemoryCard('another')), /only set once/)
    },
  },
]
