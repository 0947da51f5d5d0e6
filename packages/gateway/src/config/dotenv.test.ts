// biome-ignore-all lint/suspicious/noTemplateCurlyInString: configurations hold references to variables
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { ConfigError } from './config-error.ts'
import { readDotEnv } from './dotenv.ts'
import { loadConfig } from './load.ts'

let config: string
let file: string
beforeEach(() => {
  const folder = scratch()
  config = join(folder, 'config.json5')
  file = join(folder, '.env')
})

function write(text: string | Uint8Array, mode = 0o600): void {
  writeFileSync(file, text)
  chmodSync(file, mode)
}

test('the variables of the file are added to those of the environment, which take precedence', async () => {
  write('\uFEFFKEY=from-file\nexport OTHER="two words" # why\nEMPTY=file\n')
  const { env, warnings } = await readDotEnv(config, { KEY: 'from-env', EMPTY: '' })
  expect(env).toEqual({ KEY: 'from-env', OTHER: 'two words', EMPTY: '' })
  expect(warnings).toEqual([])
})

test('without the file the environment stays as it is', async () => {
  expect(await readDotEnv(config, { KEY: 'x' })).toEqual({
    file,
    stamp: 'ENOENT',
    env: { KEY: 'x' },
    warnings: [],
  })
})

test.each([0o644, 0o640, 0o604])('a file of mode %o is warned of', async (mode) => {
  write('KEY=x', mode)
  const { env, warnings } = await readDotEnv(config, {})
  expect(env).toEqual({ KEY: 'x' })
  expect(warnings).toEqual([
    expect.objectContaining({ file, message: expect.stringContaining('chmod 600'), severity: 'warning' }),
  ])
})

test('a folder, or text in another encoding, is left out with a warning', async () => {
  write(new Uint8Array([0xff, 0xfe, 0x4b, 0]))
  const { warnings } = await readDotEnv(config, {})
  expect(warnings).toMatchObject([{ message: 'is not used: not UTF-8 text' }])
  const python = join(scratch(), 'c.json5')
  mkdirSync(join(python, '..', '.env'))
  expect(await readDotEnv(python, { A: '1' })).toMatchObject({
    env: { A: '1' },
    warnings: [{ message: 'is not used: not a regular file' }],
  })
})

test('a hostile name changes no prototype', async () => {
  write('__proto__=x\nconstructor=y')
  const { env } = await readDotEnv(config, {})
  expect(Object.getPrototypeOf(env)).toBe(Object.prototype)
})

const load = (env: NodeJS.ProcessEnv) => loadConfig({ path: config, env, channels: [] })

test('a configuration takes its variables and proxy from the file, the process does not', async () => {
  write('DOTENV_TEST_KEY=sk-from-file\nHTTPS_PROXY=http://127.0.0.1:7890')
  writeFileSync(
    config,
    "{ models: { providers: { p: { baseUrl: 'http://x/', apiKey: '${DOTENV_TEST_KEY}' } } } }",
  )
  const loaded = await load({})
  expect(loaded.config.models.providers.p?.apiKey).toBe('sk-from-file')
  expect(loaded.secrets).toEqual(['sk-from-file'])
  expect(loaded.env.HTTPS_PROXY).toBe('http://127.0.0.1:7890')
  expect(process.env.DOTENV_TEST_KEY).toBeUndefined()
})

test('a change of the file is a change of the configuration, and so is its first appearance', async () => {
  writeFileSync(config, '{}')
  expect((await load({})).stamps.get(file)).toBe('ENOENT')
  write('KEY=x')
  const { stamps, files } = await load({})
  expect(stamps.get(file)).toMatch(/,/)
  expect(files).toEqual([config, file])
})

test('a file that is not used is named beside the variable that is missing', async () => {
  write(new Uint8Array([0xff]))
  writeFileSync(config, "{ logging: { level: '${KEY}' } }")
  const { problems } = await load({}).then(
    () => expect.fail(),
    (error: unknown) => (error instanceof ConfigError ? error : expect.fail()),
  )
  expect(problems.map(({ file, message }) => [file, message])).toEqual([
    [
      config,
      'the environment variable KEY is not set, or empty; set it (export KEY=…), or write KEY=… to the file .env beside the configuration',
    ],
    [file, 'is not used: not UTF-8 text'],
  ])
})
