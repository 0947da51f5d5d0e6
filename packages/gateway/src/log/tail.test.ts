import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { tailOfLog } from './tail.ts'

function logOf(...files: readonly string[]): string {
  const path = join(scratch(), 'x.log')
  files.forEach((text, index) => {
    writeFileSync(index === 0 ? path : `${path}.${index}`, text)
  })
  return path
}
const line = (n: number) => `${JSON.stringify({ n })}\n`

it('reads the newest lines over rotated files, oldest first', () => {
  const path = logOf(line(5) + line(6), line(3) + line(4), line(1) + line(2))
  expect(tailOfLog(path, 1_000).map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6])
  expect(tailOfLog(path, line(1).length * 3).map(({ n }) => n)).toEqual([4, 5, 6])
})

it('leaves out a line that the cap cuts, and lines that are no JSON', () => {
  const path = logOf(`${line(1)}what\n${line(2)}{"n":`)
  expect(tailOfLog(path, 1_000).map(({ n }) => n)).toEqual([1, 2])
  expect(tailOfLog(path, line(2).length + '{"n":'.length - 1).map(({ n }) => n)).toEqual([])
})

it('is empty without a log', () => {
  expect(tailOfLog(join(scratch(), 'gone.log'), 1_000)).toEqual([])
})
