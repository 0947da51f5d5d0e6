/**
 * `npm run media-stress`: large files, many files and files that are bombs through a real gateway, whose resident memory and
 * disk are watched meanwhile. Prints a JSON line for each step and exits with 1 if a bound is broken or a person gets no
 * answer. An argument runs only the steps whose names contain it. Linux only; needs 2 GB of disk and takes about a minute.
 */

import '../support/quiet.ts'

import { rm } from 'node:fs/promises'
import { printFigures } from '../support/figures.ts'
import { openStage, type Step } from './stage.ts'
import { bomb, largeIn, largeOut, manyFiles, manyPictures, slowServer } from './steps.ts'

const all: readonly Step[] = [largeIn, largeOut, slowServer, manyFiles, manyPictures, bomb]
const steps = all.filter(({ name }) => name.includes(process.argv[2] ?? ''))

const stage = await openStage()
const broken: string[] = []
try {
  for (const step of steps) {
    const { figures, problems } = await stage.measure(step)
    printFigures('media-stress', { step: step.name, ...figures })
    broken.push(...problems.map((problem) => `${step.name}: ${problem}`))
  }
} finally {
  await stage.close()
  await rm(stage.folder, { recursive: true, force: true })
}
for (const problem of broken) console.error(problem)
process.exitCode = broken.length === 0 ? 0 : 1
