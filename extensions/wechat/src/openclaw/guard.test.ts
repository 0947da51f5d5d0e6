import { describe, expect, it } from 'vitest'
import { guardRejections, isOurs } from './guard.ts'

const folder = import.meta.dirname

function failing(file: string): Error {
  const error = new Error('boom')
  error.stack = `Error: boom\n    at x (${file}:1:1)`
  return error
}

describe('the guard of rejected promises', () => {
  it('takes those of the folder of the plugin only', () => {
    expect(isOurs(failing(`file://${folder}/node_modules/wechaty/x.js`), folder)).toBe(true)
    expect(isOurs(failing('/usr/lib/openclaw/x.js'), folder)).toBe(false)
    expect(isOurs('a text', folder)).toBe(false)
  })

  it('logs what it takes', async () => {
    const logged: string[] = []
    let handler: ((reason: unknown) => boolean) | undefined
    await guardRejections(
      folder,
      (message) => logged.push(message),
      async () => (given) => {
        handler = given
      },
    )
    expect(handler?.(failing(`${folder}/x.js`))).toBe(true)
    expect(handler?.(failing('/elsewhere/x.js'))).toBe(false)
    expect(logged).toEqual([expect.stringContaining('boom')])
  })

  it('does without a host that takes none', async () => {
    await guardRejections(
      folder,
      () => {},
      async () => undefined,
    )
    await guardRejections(
      folder,
      () => {},
      () => Promise.reject(new Error('no such module')),
    )
    await guardRejections(folder, () => {})
  })
})
