import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collectGarbage } from '../../test/garbage.ts'
import { InOrder } from './in-order.ts'

describe('work that is done side by side', () => {
  it('goes on in the order in which it came, also after a failure', async () => {
    const job = fc.record({ takesMs: fc.integer({ min: 0, max: 5 }), fails: fc.boolean() })
    const property = fc.asyncProperty(fc.array(job, { maxLength: 20 }), async (jobs) => {
      const inOrder = new InOrder()
      const seen: number[] = []
      const work = async ({ takesMs, fails }: (typeof jobs)[number]) => {
        await sleep(takesMs)
        if (fails) throw new Error('this one fails')
      }
      const note = (index: number) => () => {
        seen.push(index)
      }
      await Promise.all(jobs.map((job, index) => inOrder.pass(work(job)).then(note(index), note(index))))
      expect(seen).toEqual([...jobs.keys()])
    })
    await fc.assert(property, { numRuns: 30 })
  })

  it('is not held when it has gone on', async () => {
    const inOrder = new InOrder()
    const passed = async (): Promise<WeakRef<object>> => new WeakRef(await inOrder.pass(Promise.resolve({})))
    const first = await passed()
    for (let n = 0; n < 10; n++) await passed()
    await collectGarbage()
    expect(first.deref()).toBeUndefined()
  })
})
