/**
 * The dashboard as it is published: finished files, read once.
 */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type PageFiles, pageFile } from './page-file.ts'

export type { PageFile, PageFiles } from './page-file.ts'

const folder = join(import.meta.dirname, 'page')
let files: Promise<PageFiles> | undefined

/** The files of the dashboard by their addresses, such as `/index.html`. @throws what the file system says */
export function dashboardFiles(): Promise<PageFiles> {
  files ??= readPage()
  return files
}

async function readPage(): Promise<PageFiles> {
  const names = await readdir(folder)
  return new Map(
    await Promise.all(names.map(async (name) => pageFile(name, await readFile(join(folder, name))))),
  )
}
