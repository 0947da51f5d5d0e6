import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { findConfig } from './find.ts'
import { shippedConfig } from './shipped.ts'

const home = resolve('/home/ann')
const usual = ['.moltbot/config.json5', '.clawdbot/config.json5', '.clawdbot/moltbot.json'].map((path) =>
  resolve(home, path),
)

/** What is found when exactly these files exist. */
function find(files: readonly string[], options: { path?: string; env?: NodeJS.ProcessEnv } = {}): string {
  return findConfig({
    env: { HOME: home, ...options.env },
    exists: (path) => files.includes(path),
    ...(options.path !== undefined && { path: options.path }),
  })
}

test('the usual places are looked at in order', () => {
  for (const [index, path] of usual.entries()) expect(find(usual.slice(index))).toBe(path)
})

test('a named file goes before the usual places, and --config before the environment', () => {
  const files = [...usual, resolve('/etc/a.json5'), resolve('/etc/b.json5')]
  const env = { MOLTBOT_CONFIG_PATH: '/etc/a.json5' }
  expect(find(files, { env })).toBe(resolve('/etc/a.json5'))
  expect(find(files, { env, path: '/etc/b.json5' })).toBe(resolve('/etc/b.json5'))
})

test('an empty MOLTBOT_CONFIG_PATH names nothing', () => {
  expect(find(usual, { env: { MOLTBOT_CONFIG_PATH: '' } })).toBe(usual[0])
})

test('a relative path is made absolute and a leading ~ is the home folder', () => {
  expect(find([resolve('x.json5')], { path: 'x.json5' })).toBe(resolve('x.json5'))
  expect(find([resolve(home, 'x.json5')], { path: '~/x.json5' })).toBe(resolve(home, 'x.json5'))
})

test('a named file that is not there is an error, even if a usual one is', () => {
  expect(() => find(usual, { path: '/etc/a.json5' })).toThrow(
    /\(from --config\); looked at:\n {2}\S*a\.json5\n/,
  )
  expect(() => find(usual, { env: { MOLTBOT_CONFIG_PATH: '/etc/a.json5' } })).toThrow(
    '(from MOLTBOT_CONFIG_PATH)',
  )
})

test('without any the error says where it looked and what can be done', () => {
  expect(() => find([])).toThrow(
    expect.objectContaining({
      code: 'config-not-found',
      message: [
        'no configuration file; looked at:',
        ...usual.map((path) => `  ${path}`),
        `Write one with: moltbot setup (an example with every key is ${shippedConfig('config.example.json5')})`,
        'Or try it without one: moltbot gateway run --sandbox',
      ].join('\n'),
    }),
  )
})

test("without HOME the system's home folder counts", () => {
  const path = resolve(homedir(), '.moltbot/config.json5')
  expect(findConfig({ env: {}, exists: (one) => one === path })).toBe(path)
})
