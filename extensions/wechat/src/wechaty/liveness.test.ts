import { EventEmitter } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { PuppetMock } from 'wechaty-puppet-mock'
import { Liveness, probe } from './liveness.ts'

const unhandled: unknown[] = []
process.on('unhandledRejection', (error) => void unhandled.push(error))
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve))
  expect(unhandled.splice(0)).toEqual([])
})

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
    const liveness = new Liveness(puppet, timing)
    for (let n = 1; n < 5; n++) {
      liveness.suspect()
      await questions(puppet, n)
    }
    expect(await isAlive(liveness.died)).toBe(true)
    liveness.end()
    await puppet.stop()
  })

  it('that stopped is dead', async () => {
    const puppet = await started()
    const liveness = new Liveness(puppet, timing)
    await puppet.stop()
    expect(await liveness.died).toBe('the puppet stopped by itself')
    liveness.end()
  })

  it('that answered once and does no more is dead', async () => {
    const puppet = await started()
    const liveness = new Liveness(puppet, timing)
    await questions(puppet, 1)
    puppet.mute = true
    expect(await liveness.died).toBe('the puppet does not answer any more')
    liveness.end()
    await puppet.stop()
  })

  it('that reported an error and answers nothing is dead', async () => {
    const puppet = await started()
    puppet.mute = true
    const liveness = new Liveness(puppet, timing)
    liveness.suspect()
    expect(await liveness.died).toBe('the puppet does not answer any more')
    liveness.end()
    await puppet.stop()
  })

  it('that never answers and never reports an error may not implement ding', async () => {
    const puppet = await started()
    puppet.mute = true
    const liveness = new Liveness(puppet, timing)
    await questions(puppet, 5)
    expect(await isAlive(liveness.died)).toBe(true)
    liveness.end()
    await puppet.stop()
  })

  it('is not asked any more after the end', async () => {
    const puppet = await started()
    const liveness = new Liveness(puppet, timing)
    liveness.end()
    expect(puppet.listenerCount('dong')).toBe(0)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(puppet.asked).toBe(0)
    await puppet.stop()
  })
})

describe('a probe', () => {
  /** Probes a puppet with this `ding`. */
  async function probed(ding: QuietPuppet['ding'], signal?: AbortSignal) {
    const puppet = new QuietPuppet()
    puppet.ding = ding
    try {
      return await probe(puppet, signal)
    } finally {
      expect(puppet.listenerCount('dong')).toBe(0)
    }
  }

  it('resolves when the puppet answers', async () => {
    const puppet = new QuietPuppet()
    await probe(puppet)
    expect(puppet.asked).toBe(1)
    expect(puppet.listenerCount('dong')).toBe(0)
  })

  it('fails when the backend is unreachable', async () => {
    const puppet = Object.assign(new QuietPuppet(), { connected: false })
    await expect(probe(puppet)).rejects.toMatchObject({ code: 'backend-unreachable', retryable: true })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no bridge')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no bridge'))],
  ])('of a puppet whose ding %s fails at once and leaves nothing', async (_, ding) => {
    await expect(probed(ding)).rejects.toThrow('no bridge')
  })

  it('ends with its signal', async () => {
    const stop = new AbortController()
    const reason = new Error('stopped')
    const probing = probed(() => undefined, stop.signal)
    stop.abort(reason)
    await expect(probing).rejects.toBe(reason)
  })

  it('of a silent puppet fails after five seconds', async () => {
    await expect(probed(() => undefined)).rejects.toMatchObject({ code: 'puppet-silent' })
  })
})
