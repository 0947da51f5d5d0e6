import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Puppet, throwUnsupportedError } from 'wechaty-puppet'
import { members } from '../src/members.ts'
import { probes } from '../src/probes.ts'
import { isUnsupportedError } from '../src/refusals.ts'

/** Methods that the installed wechaty-puppet declares for a puppet and does not implement itself. */
async function declaredAndNotImplemented(): Promise<readonly string[]> {
  const entry = fileURLToPath(import.meta.resolve('wechaty-puppet'))
  const declarations = await readFile(entry.replace(/mods\/mod\.js$/, 'puppet/puppet-abstract.d.ts'), 'utf8')
  const methods = [...declarations.matchAll(/^ +(?:abstract )?(\w+)(?:<[^>]*>)?\(/gm)].map(
    ([, name]) => name ?? '',
  )
  return [...new Set(methods)].filter((name) => !(name in Puppet.prototype) && !(name in Puppet))
}

test('the list names every member that wechaty-puppet declares and leaves to the puppet', async () => {
  const listed = members.map(({ name }) => name)
  expect(listed.toSorted()).toEqual((await declaredAndNotImplemented()).toSorted())
  expect(listed).toHaveLength(65)
})

test('every member that may be refused has a probe, and no other', () => {
  const refusable = members.filter((member) => member.refusable).map(({ name }) => name)
  expect(Object.keys(probes).toSorted()).toEqual(refusable.toSorted())
})

test('the error of throwUnsupportedError is known, also behind a gRPC status', () => {
  const caught = (): Error => {
    try {
      return throwUnsupportedError()
    } catch (error) {
      if (error instanceof Error) return error
      throw error
    }
  }
  expect(isUnsupportedError(caught())).toBe(true)
  expect(isUnsupportedError(new Error(`13 INTERNAL: ${caught().message}`))).toBe(true)
  expect(isUnsupportedError(new Error('not implemented'))).toBe(false)
})
