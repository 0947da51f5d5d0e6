import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { timeZoneProblem } from './time-zone.ts'

describe('TZ', () => {
  it.each([
    'Asia/Shanghai',
    ':Asia/Tokyo',
    'UTC',
    'EST5EDT',
    'CST-8',
    '/etc/localtime',
    'PRC',
    '',
    undefined,
  ])('%j is a time zone', (tz) => expect(timeZoneProblem(tz)).toBeUndefined())

  it.each([
    ['Asia/Beijing', 'did you mean "Asia/Shanghai"?'],
    ['Asia/Shanghia', 'did you mean "Asia/Shanghai"?'],
    ['Beijing', 'did you mean "Asia/Shanghai"?'],
    ['北京', 'did you mean "Asia/Shanghai"?'],
    ['Europe/Berln', 'did you mean "Europe/Berlin"?'],
    ['UTC+8', 'counts westwards'],
    ['GMT+8', 'counts westwards'],
    ['nonsense', 'write a name such as'],
  ])('%j is a mistake with advice', (tz, advice) => {
    expect(timeZoneProblem(tz)).toContain(advice)
  })

  it.each([
    ['Asia/Tokyo', 'Asia/Tokyo'],
    ['Asia/Beijing', 'UTC'],
    ['', 'UTC'],
    ['CST-8', '+08:00'],
    ['CST6', '-06:00'],
  ])('%j makes the machine run on %s', (tz, expected) => {
    const file = `${import.meta.dirname}/time-zone.ts`
    const code = `console.log((await import(${JSON.stringify(file)})).machineTimeZone(new Date(0)))`
    const flags = ['--input-type=module', '--eval', code]
    expect(
      execFileSync(process.execPath, flags, { env: { ...process.env, TZ: tz } })
        .toString()
        .trim(),
    ).toBe(expected)
  })
})
