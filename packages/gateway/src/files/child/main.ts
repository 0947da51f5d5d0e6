/**
 * The process that opens documents and pictures of strangers: it gets one job, answers, and is ended. It has no environment,
 * and Node's permission model lets it read that file and its own code only.
 */

import { readFile } from 'node:fs/promises'
import { type FileJob, type FileOrder, type FileResult, NotReadable } from './job.ts'
import { watch } from './watchdog.ts'

process.once('disconnect', () => process.exit(1))
process.once('message', async ({ job, limits }: FileOrder) => {
  await watch(limits)
  process.send?.(await resultOf(job))
})

/** Never rejects. */
async function resultOf(job: FileJob): Promise<FileResult> {
  try {
    return await run(job, await readFile(job.path))
  } catch (error) {
    return { why: error instanceof NotReadable ? error.message : 'it is damaged' }
  }
}

async function run(job: FileJob, bytes: Uint8Array): Promise<FileResult> {
  switch (job.kind) {
    case 'pdf':
      return (await import('./pdf-text.ts')).pdfText(bytes, job.maxLength)
    case 'office':
      return (await import('./office-text.ts')).officeText(bytes, job.maxLength)
    case 'picture':
      return (await import('./picture.ts')).smallerPicture(bytes, job)
  }
}
