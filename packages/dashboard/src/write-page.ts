/**
 * Writes the finished files of the page to `dist/page`, for publishing. Called by the build.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundlePage } from './bundle.ts'

const target = join(import.meta.dirname, '..', 'dist', 'page')

mkdirSync(target, { recursive: true })
for (const [address, { content }] of await bundlePage()) writeFileSync(join(target, address), content)
