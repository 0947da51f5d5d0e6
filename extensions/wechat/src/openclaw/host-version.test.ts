import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testedVersions, versionRefusal, versionWarning } from './host-version.ts'

const json = (path: string) => JSON.parse(readFileSync(join(import.meta.dirname, '../../', path), 'utf8'))

describe('the version of the host', () => {
  it.each(['2026.9.5', '2026.8.30', '2025.12.1', 'v2026.9.5-beta.1'])('%s is refused', (version) => {
    expect(versionRefusal(version)).toMatch(/needs OpenClaw 2026\.9\.6 or newer.*npm install/)
  })

  it.each(['2026.9.6', '2026.9.6-2', '2026.10.1', '2027.1.1', 'dev'])('%s is accepted', (version) => {
    expect(versionRefusal(version)).toBeUndefined()
  })

  it('is warned about where it is newer than the tests', () => {
    expect(versionWarning('2026.9.10')).toContain('2026.9.10 is newer than 2026.9.6')
    expect(versionWarning('2026.9.6')).toBeUndefined()
    expect(versionWarning('2026.9.6-3')).toBeUndefined()
    expect(versionWarning('dev')).toBeUndefined()
  })

  it('is the same in the package', () => {
    const { oldest, newest } = testedVersions
    const { peerDependencies, openclaw } = json('package.json')
    expect(peerDependencies.openclaw).toMatch(new RegExp(`^>=${oldest} <`))
    expect(openclaw.install.minHostVersion).toBe(`>=${oldest}`)
    expect(json('../../test/openclaw/package.json').dependencies.openclaw).toBe(newest)
  })
})
