import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { textOfTool, toolFormats } from './tool-formats.ts'

const alert = (changes: object = {}) => ({
  status: 'firing',
  labels: { alertname: 'Disk', instance: 'db1', severity: 'warning' },
  annotations: { summary: 'The disk is full' },
  ...changes,
})
const group = (changes: object = {}) => ({
  status: 'firing',
  commonLabels: { alertname: 'Disk' },
  alerts: [alert()],
  ...changes,
})
const text = (body: object) => textOfTool('alertmanager', body)

describe('a notification of Alertmanager', () => {
  it.each([
    ['its summary', alert(), '- db1: The disk is full'],
    ['its description', alert({ annotations: { description: 'full' } }), '- db1: full'],
    ['its labels', alert({ annotations: {} }), '- db1: severity=warning'],
    ['what was resolved in it', alert({ status: 'resolved' }), '- (resolved) db1: The disk is full'],
    ['the instance once', alert({ annotations: { summary: 'db1 is full' } }), '- db1 is full'],
    ['one line', alert({ annotations: { summary: 'a\n\n- b' } }), '- db1: a - b'],
  ])('shows of an alert %s', (_what, one, line) => {
    expect(
      text(group({ alerts: [one] }))
        .split('\n')
        .slice(1),
    ).toEqual([line])
  })

  it('without a common name is named by its group, or not at all', () => {
    expect(text(group({ commonLabels: {}, groupLabels: { alertname: 'Net' } }))).toContain('[FIRING:1] Net')
    expect(text({ status: 'resolved', alerts: [alert({ status: 'resolved' })] })).toMatch(/^\[RESOLVED:1\]\n/)
  })
})

it.each([
  ['alertmanager', {}],
  ['alertmanager', group({ alerts: [] })],
  ['alertmanager', group({ alerts: [{ status: 'odd', labels: {}, annotations: {} }] })],
  ['alertmanager', []],
  ['uptime-kuma', { msg: '' }],
  ['uptime-kuma', { msg: 5 }],
  ['uptime-kuma', null],
] as const)('refuses what %s does not send: %j', (format, body) => {
  expect(() => textOfTool(format, body)).toThrow(`this is not what ${format} sends`)
})

it('has a bounded length, whatever the alerts say', () => {
  const alerts = fc.array(
    fc.record({
      status: fc.constantFrom('firing', 'resolved'),
      labels: fc.dictionary(fc.string(), fc.string({ maxLength: 2_000 })),
      annotations: fc.record(
        { summary: fc.string({ unit: 'binary', maxLength: 2_000 }) },
        { requiredKeys: [] },
      ),
    }),
    { minLength: 1, maxLength: 30 },
  )
  fc.assert(
    fc.property(alerts, (list) => {
      const lines = text({ status: 'firing', alerts: list }).split('\n')
      expect(lines.length).toBeLessThanOrEqual(12)
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(500)
    }),
    { numRuns: 50 },
  )
  expect(toolFormats).toContain('alertmanager')
})
