import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../test/samples.ts'
import { listBackends } from './backends.ts'

it('tells every known puppet, and of the installed ones the version and the place', () => {
  const backends = listBackends(temporaryFolder())
  expect(backends.find(({ shortName }) => shortName === 'service')?.installed).toEqual({
    version: expect.stringMatching(/^1\./),
    folder: expect.stringContaining(join('node_modules', 'wechaty-puppet-service')),
  })
  expect(backends.find(({ name }) => name === 'wechaty-puppet-padlocal')).not.toHaveProperty('installed')
})
