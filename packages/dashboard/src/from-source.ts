/**
 * The dashboard of a checkout: bundled when it is first asked for, so that nothing has to be built before.
 */

import { bundlePage } from './bundle.ts'
import type { PageFiles } from './page-file.ts'

export type { PageFile, PageFiles } from './page-file.ts'

let files: Promise<PageFiles> | undefined

/** See `index.ts`. */
export function dashboardFiles(): Promise<PageFiles> {
  files ??= bundlePage()
  return files
}
