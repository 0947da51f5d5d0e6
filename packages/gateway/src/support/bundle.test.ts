import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { list, type ReadEntry } from 'tar'
import { expect, it } from 'vitest'
import fakePlugin from '../../test/fake-extension/src/index.ts'
import { scratch } from '../../test/scratch.ts'
import { collect, writeBundle } from './bundle.ts'

const plugins = async () => [fakePlugin]

/** A configuration with secrets in every place, and a log and an environment that repeat them. */
function place(secrets: readonly [string, string, string, string]) {
  const [apiKey, header, token, fromEnv] = secrets
  const stateDir = scratch()
  mkdirSync(join(stateDir, 'logs'))
  const config = join(scratch(), 'config.json5')
  writeFileSync(
    config,
    JSON.stringify({
      agents: { defaults: { model: 'mine/one' } },
      models: {
        providers: { mine: { baseUrl: 'http://127.0.0.1:9/v1', apiKey, headers: { 'X-A': header } } },
      },
      mcp: { servers: { one: { command: 'no-such-program', env: { TOKEN: token } } } },
      channels: { fake: { secret: `\${OTHER_SECRET}` } },
    }),
  )
  const lines = secrets.map((secret) =>
    JSON.stringify({
      level: 'warn',
      time: new Date().toISOString(),
      msg: `it was ${secret}`,
      [secret]: 1,
      url: `http://x/?k=${encodeURIComponent(secret)}`,
    }),
  )
  writeFileSync(join(stateDir, 'logs', 'gateway.log'), `${lines.join('\n')}\n`)
  const env = { HOME: stateDir, OTHER_SECRET: fromEnv, UNUSED_API_KEY: apiKey }
  return { stateDir, config, env, plugins }
}

it('has none of the secrets of configuration, environment and log, in whatever spelling (property)', async () => {
  const secret = fc.string({
    unit: fc.constantFrom(...'abcXYZ019-_.~+/=!#%&*:?@^|'),
    minLength: 12,
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(fc.tuple(secret, secret, secret, secret), async (secrets) => {
      const all = Object.values(await collect(place(secrets))).join('\n')
      for (const one of secrets) {
        expect(all).not.toContain(one)
        expect(all).not.toContain(encodeURIComponent(one))
        expect(all).not.toContain(Buffer.from(one).toString('base64'))
      }
    }),
    { numRuns: 15 },
  )
})

it('is one archive for its owner, with what helps, and leaves nothing beside it', async () => {
  const folder = scratch()
  const file = join(folder, 'support.tar.gz')
  const names = await writeBundle(
    file,
    place(['k-1234567890', 'h-1234567890', 't-1234567890', 'e-1234567890']),
  )
  const entries: string[] = []
  await list({ file, onReadEntry: (entry: ReadEntry) => void entries.push(entry.path) })
  expect(entries).toEqual(names.map((name) => `moltbot-support/${name}`))
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['support.tar.gz'])
  await expect(writeBundle(file, place(['k', 'h', 't', 'e']))).rejects.toThrow('exists already')
})

it('tells of what cannot be collected, and collects the rest', async () => {
  const options = place(['k-1234567890', 'h-1234567890', 't-1234567890', 'e-1234567890'])
  writeFileSync(options.config, '{ gatway: {} ')
  const files = await collect(options)
  expect(JSON.parse(String(files['config.json']))).toHaveProperty('invalid')
  expect(JSON.parse(String(files['status.json']))).toMatchObject({
    failed: expect.stringContaining('no gateway is running'),
  })
  expect(JSON.parse(String(files['doctor.json']))).toContainEqual(
    expect.objectContaining({ about: 'config', status: 'problem' }),
  )
  expect(files['log.jsonl']).toContain('it was')
})

it('keeps its place clean where a file cannot be written', async () => {
  const folder = scratch()
  await expect(writeBundle(join(folder, 'gone', 'x.tar.gz'), place(['k', 'h', 't', 'e']))).rejects.toThrow(
    'ENOENT',
  )
  expect(readdirSync(folder)).toEqual([])
})
