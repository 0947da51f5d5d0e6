import type { Finding, HealthCheck } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { runChecks } from './run-checks.ts'

const { signal } = new AbortController()
const run = (checks: readonly HealthCheck[]) =>
  runChecks(checks, { signal, redact: (text) => text.replaceAll('s3cret', '***') })
const check = (about: string, run: HealthCheck['run'], timeoutMs = 5_000): HealthCheck => ({
  about,
  timeoutMs,
  run,
})
const ok: Finding = { status: 'ok', message: 'fine' }

describe('the checks of doctor', () => {
  it('are one report in their order, whichever ends first', async () => {
    const first = Promise.withResolvers<Finding[]>()
    const second = check('b', async () => {
      first.resolve([ok])
      return [ok]
    })
    const results = await run([check('a', () => first.promise), second])
    expect(results.map(({ about }) => about)).toEqual(['a', 'b'])
  })

  it('are a problem where they throw or hang, and stop no other one', async () => {
    const throws = check('throws', () => {
      throw new Error('no s3cret')
    })
    const rejects = check('rejects', () => Promise.reject(new Error('late')))
    const hangs = check('hangs', () => new Promise(() => undefined), 1)
    const results = await run([throws, rejects, hangs, check('works', async () => [ok])])
    expect(results).toEqual([
      { about: 'throws', status: 'problem', message: 'this check failed: no ***' },
      { about: 'rejects', status: 'problem', message: 'this check failed: late' },
      { about: 'hangs', status: 'problem', message: 'this check failed: it has no result within 0.001 s' },
      { about: 'works', ...ok },
    ])
  })

  it('tell a check that its time is over', async () => {
    const aborted = Promise.withResolvers<boolean>()
    const hangs = check(
      'hangs',
      (over) => new Promise(() => over.addEventListener('abort', () => aborted.resolve(true))),
      1,
    )
    await run([hangs])
    expect(await aborted.promise).toBe(true)
  })

  it('show no secret, also not in what to do', async () => {
    const [result] = await run([
      check('a', async () => [{ status: 'warning', message: 'key s3cret', advice: 'replace s3cret' }]),
    ])
    expect(result).toMatchObject({ message: 'key ***', advice: 'replace ***' })
  })

  it('have a cap on lines and on their length, and what is wrong is never only counted', async () => {
    const many = [
      ...Array.from({ length: 50 }, () => ok),
      { status: 'problem', message: 'x'.repeat(10_000) } as const,
    ]
    const results = await run([check('a', async () => many)])
    expect(results).toHaveLength(21)
    expect(results[0]?.status).toBe('problem')
    expect(results[0]?.message.length).toBeLessThan(1_000)
    expect(results.at(-1)?.message).toBe('and 31 more')
  })
})
