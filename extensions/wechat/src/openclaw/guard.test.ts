import { EventEmitter } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { guarded, guardProcess, isOurs, outside } from './guard.ts'

const folder = import.meta.dirname

function failing(file: string): Error {
  const error = new Error('boom')
  error.stack = `Error: boom\n    at x (${file}:1:1)`
  return error
}

describe('an error that no code waits for', () => {
  const elsewhere = failing('/usr/lib/node_modules/wechaty/x.js')

  it('belongs to the channel where its stack has a file of the plugin', () => {
    expect(isOurs(failing(`file://${folder}/x.js`), folder)).toBe(true)
    expect(isOurs(elsewhere, folder)).toBe(false)
    expect(isOurs('a text', folder)).toBe(false)
  })

  it('belongs to the channel wherever the work of the channel led', async () => {
    const told: boolean[] = []
    const look = (reason: unknown) => void told.push(isOurs(reason, folder))
    const { nested } = guarded({
      nested: {
        go: async () => {
          look('at once')
          setImmediate(() => look(elsewhere))
          await after(1)
          look(undefined)
          outside(() => look('the host'))
          look('again')
        },
      },
    })
    await nested.go()
    await after(1)
    expect(told).toEqual([true, true, true, false, true])
    expect(isOurs('a text', folder)).toBe(false)
  })

  it('is logged and does not reach the host', async () => {
    const { logged, handlers, load, node } = stage()
    await guardProcess(folder, logged.push.bind(logged), load, node)
    const odd = failing(`${folder}/x.js`)
    expect(handlers.map((handler) => handler(odd))).toEqual([true, true])
    expect(handlers.map((handler) => handler(elsewhere))).toEqual([false, false])
    node.emit('uncaughtException', odd)
    expect(logged).toEqual([
      expect.stringMatching(/^Unhandled rejection .*boom/),
      expect.stringMatching(/^Uncaught exception .*boom/),
      expect.stringMatching(/^Uncaught exception .*boom/),
    ])
    expect(node.exit).not.toHaveBeenCalled()
  })

  it('ends the process as ever where it is not of the channel', async () => {
    const written = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { logged, load, node } = stage()
    await guardProcess(folder, logged.push.bind(logged), load, node)
    node.emit('uncaughtException', elsewhere)
    expect(node.exit).toHaveBeenCalledWith(1)
    expect(written).toHaveBeenCalledWith(elsewhere)
    written.mockRestore()
  })

  it('is taken by one guard, however often the plugin is loaded', async () => {
    const { logged, load, node } = stage()
    for (let loads = 0; loads < 2; loads++) await guardProcess(folder, logged.push.bind(logged), load, node)
    node.emit('uncaughtException', failing(`${folder}/x.js`))
    expect(logged).toHaveLength(1)
  })

  it('is left to a listener of the host, where there is one', async () => {
    const { logged, load, node } = stage()
    await guardProcess(folder, logged.push.bind(logged), load, node)
    node.on('uncaughtException', () => {})
    node.emit('uncaughtException', elsewhere)
    node.emit('uncaughtException', failing(`${folder}/x.js`))
    expect(node.exit).not.toHaveBeenCalled()
    expect(logged).toEqual([])
  })

  it('is announced to end the process where the host takes no handler', async () => {
    const { logged, node } = stage()
    await guardProcess(folder, logged.push.bind(logged), () => Promise.reject(new Error('no module')), node)
    expect(logged).toEqual([expect.stringContaining('no module')])
  })
})

/** A process and a host of the test's own. */
function stage() {
  const logged: string[] = []
  const handlers: ((reason: unknown) => boolean)[] = []
  const register = (handler: (reason: unknown) => boolean) => handlers.push(handler)
  const load = async () => ({
    registerUnhandledRejectionHandler: register,
    registerUncaughtExceptionHandler: register,
  })
  const node = Object.assign(new EventEmitter(), { exit: vi.fn() })
  return { logged, handlers, load, node }
}

it('guards functions of an object and leaves everything else as it is', () => {
  const members = { id: 'x', list: ['a'], inner: { twice: (n: number) => n * 2, text: 'y' } }
  const result = guarded(members)
  expect(result.inner.twice(2)).toBe(4)
  expect(result).toMatchObject({ id: 'x', list: ['a'], inner: { text: 'y' } })
})
