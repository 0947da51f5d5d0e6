import { mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { WriteCheck } from './write-check.ts'

it('finds no problem with a folder that can be written, and leaves nothing there', async () => {
  const folder = scratch()
  expect(await new WriteCheck(folder).problem()).toBeUndefined()
  expect(readdirSync(folder)).toEqual([])
})

it('reports a folder that cannot be written, and that it can again', async () => {
  const folder = scratch()
  let nowMs = 0
  const check = new WriteCheck(folder, () => nowMs)
  mkdirSync(join(folder, '.write-check')) // Refuses a file of this name, to root too.
  expect(await check.problem()).toContain('the state directory cannot be written')
  rmdirSync(join(folder, '.write-check'))
  expect(await check.problem()).toContain('cannot be written')
  nowMs += 5_000
  expect(await check.problem()).toBeUndefined()
})
