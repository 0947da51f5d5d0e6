/**
 * Makes the finished files of the page from `page/`.
 */

import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { routes } from '../../gateway/src/api/routes.ts'
import { type PageFiles, pageFile } from './page-file.ts'

const folder = join(import.meta.dirname, '..', 'page')
const asTheyAre = ['index.html', 'icon.svg']

export async function bundlePage(): Promise<PageFiles> {
  const { outputFiles } = await build({
    entryPoints: { app: join(folder, 'main.tsx'), style: join(folder, 'style.css') },
    outdir: folder,
    write: false,
    bundle: true,
    splitting: true,
    minify: true,
    charset: 'utf8',
    format: 'esm',
    target: ['es2022'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    conditions: ['@moltbot/source'],
    define: { ROUTE_TABLE: JSON.stringify(routeTable()) },
  })
  const copies = asTheyAre.map(async (name) => pageFile(name, await readFile(join(folder, name))))
  return new Map([
    ...outputFiles.map(({ path, contents }) => pageFile(basename(path), contents)),
    ...(await Promise.all(copies)),
  ])
}

/** What the page needs to know of a route. The schemas stay at the server. */
function routeTable(): Record<string, readonly [method: string, path: string]> {
  const used = Object.entries(routes).filter(([, { forBrowsers }]) => forBrowsers)
  return Object.fromEntries(used.map(([name, { method, path }]) => [name, [method, path]]))
}
