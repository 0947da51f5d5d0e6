import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../test/samples.ts'
import { listBackends } from './backends.ts'

it('tells every known puppet and what it risks, and of the installed ones the version and the place', () => {
  const backends = listBackends(temporaryFolder())
  expect(backends.find(({ shortName }) => shortName === 'service')?.installed).toEqual({
    version: expect.stringMatching(/^1\./),
    folder: expect.stringContaining(join('node_modules', 'wechaty-puppet-service')),
  })
  const warned = backends.filter(({ warning }) => warning?.includes('use puppet "ilink" instead'))
  expect(warned.map(({ shortName }) => shortName)).toEqual(['wechat', 'wechat4u'])
  expect(backends.find(({ name }) => name === 'wechaty-puppet-padlocal')).not.toHaveProperty('installed')
})
