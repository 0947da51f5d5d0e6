/**
 * What a stop gives the turns that run, and what the next start takes up, on the real process.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Stage } from './fire/stage.ts'

const shortHoldMs = 50
/** Signals that come closer together are one, since npm passes a Ctrl-C on. */
const anotherSignalMs = 400

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open(shortHoldMs)
}, 240_000)
afterAll(() => stage.close())

const stopWithin = (shutdownTimeoutMs: number) => stage.configure({}, { shutdownTimeoutMs })

async function restart(): Promise<void> {
  await stage.gateway.stop()
  await stage.start()
}

async function polls(): Promise<number> {
  const requests = await stage.backend.control.requests()
  return requests.filter((request) => JSON.stringify(request).includes('getupdates')).length
}

describe('a gateway that is told to stop', { timeout: 240_000 }, () => {
  it('polls no more, sends the answer that was being written, and exits with 0', async () => {
    stopWithin(60_000)
    await restart()
    await stage.isAnswering()
    const exited = stage.gateway.stop()
    await stage.logs({ event: 'gateway.stopping' })
    await stage.status()
    const before = await polls()
    await sleep(10 * shortHoldMs)
    expect(await polls()).toBe(before)
    stage.model.release()
    expect(await exited).toBe(0)
    await stage.allAnswered(0)
  })

  it('leaves what comes meanwhile, and a turn that takes longer, to the next start', async () => {
    stopWithin(200)
    await stage.start()
    await stage.isAnswering()
    const exited = stage.gateway.stop()
    await stage.logs({ event: 'gateway.stopping' })
    await stage.say()
    expect(await exited).toBe(0)
    stage.model.release()
    stopWithin(60_000)
    await stage.start()
    await stage.allAnswered()
  })

  it('ends at once at a second signal, and loses nothing', async () => {
    await stage.isAnswering()
    stage.gateway.kill('SIGTERM')
    await stage.logs({ event: 'gateway.stopping' })
    await sleep(anotherSignalMs)
    stage.gateway.kill('SIGINT')
    expect(await stage.gateway.exited).toBe(1)
    stage.model.release()
    await stage.start()
    await stage.allAnswered()
  })
})
