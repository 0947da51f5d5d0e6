import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { PuppetMock } from 'wechaty-puppet-mock'
import { watchVitals } from './vitals.ts'

const timing = { lookEveryMs: 5, silentMs: 20, answerMs: 20 }

/** Answers as long as `mute` is false. */
class QuietPuppet extends PuppetMock {
  mute = false
  asked = 0

  override ding(data: string): void {
    this.asked += 1
    if (!this.mute) this.emit('dong', { data })
  }
}

async function started(): Promise<QuietPuppet> {
  const puppet = new QuietPuppet()
  Reflect.apply(EventEmitter.prototype.on, puppet, ['error', () => undefined])
  await puppet.start()
  return puppet
}

const questions = (puppet: QuietPuppet, count: number) =>
  expect.poll(() => puppet.asked, { timeout: 10_000 }).toBeGreaterThanOrEqual(count)

async function isAlive(died: Promise<string>): Promise<boolean> {
  return Promise.race([
    died.then(() => false),
    new Promise<true>((resolve) => setTimeout(resolve, 100, true)),
  ])
}

describe('a puppet', () => {
  it('that answers lives, however often it reports errors', async () => {
    const puppet = await started()
    const vitals = watchVitals(puppet, timing)
    for (let n = 1; n < 5; n++) {
      vitals.trouble()
      await questions(puppet, n)
    }
    expect(await isAlive(vitals.died)).toBe(true)
    vitals.end()
    await puppet.stop()
  })

  it('that stopped is dead', async () => {
    const puppet = await started()
    const vitals = watchVitals(puppet, timing)
    await puppet.stop()
    expect(await vitals.died).toBe('the puppet stopped by itself')
    vitals.end()
  })

  it('that answered once and does no more is dead', async () => {
    const puppet = await started()
    const vitals = watchVitals(puppet, timing)
    await questions(puppet, 1)
    puppet.mute = true
    expect(await vitals.died).toBe('the puppet does not answer any more')
    vitals.end()
    await puppet.stop()
  })

  it('that reported an error and answers nothing is dead', async () => {
    const puppet = await started()
    puppet.mute = true
    const vitals = watchVitals(puppet, timing)
    vitals.trouble()
    expect(await vitals.died).toBe('the puppet does not answer any more')
    vitals.end()
    await puppet.stop()
  })

  it('that never answers and never complains may not know the question', async () => {
    const puppet = await started()
    puppet.mute = true
    const vitals = watchVitals(puppet, timing)
    await questions(puppet, 5)
    expect(await isAlive(vitals.died)).toBe(true)
    vitals.end()
    await puppet.stop()
  })

  it('is not asked any more once nobody watches', async () => {
    const puppet = await started()
    const vitals = watchVitals(puppet, timing)
    vitals.end()
    expect(puppet.listenerCount('dong')).toBe(0)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(puppet.asked).toBe(0)
    await puppet.stop()
  })
})
