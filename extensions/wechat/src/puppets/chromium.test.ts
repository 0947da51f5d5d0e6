import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/samples.ts'
import { withChromium } from './chromium.ts'

const puppet = 'wechaty-puppet-wechat'

/** A machine with these programs, by their paths below its folder. */
function machine(programs: readonly string[] = []) {
  const folder = temporaryFolder()
  const at = (path: string) => join(folder, path)
  for (const path of programs) {
    mkdirSync(dirname(at(path)), { recursive: true })
    writeFileSync(at(path), '')
    chmodSync(at(path), 0o755)
  }
  const options = (given: Record<string, unknown>, env: NodeJS.ProcessEnv = {}) =>
    withChromium(puppet, given, at(`node_modules/${puppet}`), {
      env: { PATH: at('bin'), ...env },
      platform: 'linux',
    })
  return { at, options }
}

describe('a browser is', () => {
  it('the one that the options name', () => {
    const { at, options } = machine(['bin/chromium', 'opt/chrome'])
    expect(options({ uos: true, endpoint: at('opt/chrome') })).toEqual({
      uos: true,
      endpoint: at('opt/chrome'),
    })
    expect(options({ endpoint: 'chromium' })).toEqual({ endpoint: at('bin/chromium') })
  })

  it('one that a variable names, else a usual one on the PATH', () => {
    const { at, options } = machine(['bin/google-chrome', 'opt/chrome'])
    expect(options({}, { CHROME_PATH: at('opt/chrome') })).toEqual({ endpoint: at('opt/chrome') })
    expect(options({}, { CHROME_PATH: at('opt/gone') })).toEqual({ endpoint: at('bin/google-chrome') })
  })

  it("left to puppeteer where the options name one in puppeteer's way, or it has downloaded one", () => {
    const launchOptions = { executablePath: '/opt/chrome' }
    expect(machine(['bin/chromium']).options({ launchOptions })).toEqual({ launchOptions })
    const download = 'node_modules/puppeteer/.local-chromium/chrome'
    const { options } = machine(['node_modules/puppeteer/package.json', download])
    expect(options({})).toEqual({})
  })
})

describe('the error says what to install', () => {
  const missing = { code: 'chromium-missing', retryable: false }

  it('where there is none', () => {
    const { options } = machine()
    expect(() => options({ launchOptions: { args: [] } })).toThrow(expect.objectContaining(missing))
    expect(() => options({})).toThrow(/apt-get install chromium.*puppetOptions\.endpoint/)
  })

  it.each(['/usr/bin/no-chromium', 'no-chromium', '', 7, null])(
    'where the one named, %j, is none',
    (endpoint) => {
      const { options } = machine(['bin/chromium'])
      expect(() => options({ endpoint })).toThrow(expect.objectContaining(missing))
      expect(() => options({ endpoint })).toThrow(JSON.stringify(endpoint))
    },
  )

  it('where it may not be run', () => {
    const { at, options } = machine(['bin/chromium'])
    chmodSync(at('bin/chromium'), 0o644)
    expect(() => options({})).toThrow('there is none')
  })
})
