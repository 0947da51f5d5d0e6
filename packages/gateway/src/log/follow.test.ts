import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { LogFollower } from './follow.ts'
import { LogFile } from './log-file.ts'

it('gives whole lines that are added, and none of before', () => {
  const path = join(scratch(), 'x.log')
  writeFileSync(path, 'before\n')
  const follower = new LogFollower(path)
  expect(follower.next()).toEqual([])
  appendFileSync(path, 'one\ntw')
  expect(follower.next()).toEqual(['one'])
  appendFileSync(path, 'o 你\n')
  expect(follower.next()).toEqual(['two 你'])
  follower.close()
})

it('waits for a file that does not exist yet, and goes on after one that was deleted or emptied', () => {
  const path = join(scratch(), 'x.log')
  const follower = new LogFollower(path)
  expect(follower.next()).toEqual([])
  writeFileSync(path, 'one\n')
  expect(follower.next()).toEqual(['one'])
  truncateSync(path)
  appendFileSync(path, '2\n')
  expect(follower.next()).toEqual(['2'])
  rmSync(path)
  expect(follower.next()).toEqual([])
  writeFileSync(path, 'three\n')
  expect(follower.next()).toEqual(['three'])
  follower.close()
})

it('reads what was written before a file was renamed', () => {
  const path = join(scratch(), 'x.log')
  writeFileSync(path, '')
  const follower = new LogFollower(path)
  appendFileSync(path, 'one\n')
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'two\n')
  expect(follower.next()).toEqual(['one', 'two'])
  follower.close()
})

it('misses and repeats no line, however often the file is rotated between two looks (property)', () => {
  const steps = fc.array(fc.oneof(fc.constant('look'), fc.string({ minLength: 1, maxLength: 20 })), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(steps, fc.integer({ min: 20, max: 80 }), (all, maxBytes) => {
      const path = join(scratch(), 'x.log')
      const file = new LogFile({ path, maxBytes, maxFiles: 40 })
      file.write('begun\n')
      const follower = new LogFollower(path)
      const read: string[] = []
      const written: string[] = []
      for (const [index, step] of all.entries()) {
        if (step === 'look') read.push(...follower.next())
        else {
          const line = JSON.stringify({ index, step })
          file.write(`${line}\n`)
          written.push(line)
        }
      }
      read.push(...follower.next())
      follower.close()
      file.close()
      expect(read).toEqual(written)
    }),
    { numRuns: 100 },
  )
})
