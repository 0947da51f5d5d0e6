import { execFile } from 'node:child_process'
import { expect, it } from 'vitest'
import { setStage } from './stage.ts'

const child = new URL('secrets-child.ts', import.meta.url).pathname

/** Everything that a script of this folder writes to stdout and stderr. */
const outputOf = (script: string, ...args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, WECHATY_LOG: 'silly', BROLOG_LEVEL: 'silly' }
    const options = { env, timeout: 25_000, maxBuffer: 64 * 1024 * 1024 }
    execFile(
      process.execPath,
      ['--conditions=@moltbot/source', script, ...args],
      options,
      (error, stdout, stderr) => {
        if (error) reject(error)
        else resolve(stdout + stderr)
      },
    )
  })

/** Keys whose values are secrets, anywhere in a request. */
const secretKeys = new Set([
  'bot_token',
  'context_token',
  'local_token_list',
  'typing_ticket',
  'aeskey',
  'aes_key',
  'encrypt_query_param',
  'qrcode',
])

const secretsIn = (value: unknown, isSecret = false): string[] => {
  if (typeof value === 'string') return isSecret && value !== '' ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => secretsIn(inner, isSecret || secretKeys.has(key)))
}

it('no secret is in any log line, error or event, at any level', async () => {
  const stage = await setStage({ holdMs: 300 })
  const output = await outputOf(child, stage.url)
  const requests = await stage.control.requests()
  const tokens = requests.flatMap(({ headers }) => (headers.authorization ?? '').replace('Bearer ', '') || [])
  const codes = requests.flatMap(({ query }) => query.qrcode ?? [])
  const secrets = new Set([...tokens, ...codes, ...requests.flatMap(({ body }) => secretsIn(body))])
  expect(secrets.size).toBeGreaterThan(6)
  expect(output).toContain('messagePayload(')
  expect([...secrets].filter((secret) => output.includes(secret))).toEqual([])
  expect(output).toContain('[masked]')
})
