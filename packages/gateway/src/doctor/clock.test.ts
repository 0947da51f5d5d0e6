import { expect, it } from 'vitest'
import { clockFindings } from './clock.ts'

const minute = 60_000

it.each([
  [[], 'ok', 'no server was reached'],
  [[4 * minute], 'ok', 'agrees'],
  [[-4 * minute], 'ok', 'agrees'],
  [[6 * minute], 'problem', '6 minutes behind'],
  [[-60 * minute], 'problem', '60 minutes ahead'],
  [[0, 100 * minute, 1_000], 'ok', 'agrees'],
])('servers that are %j ms ahead: %s', (offsetsMs, status, message) => {
  expect(clockFindings(offsetsMs)).toMatchObject([{ status, message: expect.stringContaining(message) }])
})
