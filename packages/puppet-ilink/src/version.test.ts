import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { packageVersion } from './version.ts'

it('is that of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  expect(packageVersion).toBe(manifest.version)
})
