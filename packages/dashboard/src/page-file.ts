/**
 * The files of the dashboard as a server hands them out.
 */

import { extname } from 'node:path'

export interface PageFile {
  /** As in `Content-Type`. */
  readonly type: string
  readonly content: Uint8Array<ArrayBuffer>
}

/** By their addresses, such as `/app.js`; `/index.html` is the page. */
export type PageFiles = ReadonlyMap<string, PageFile>

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
}

/** @param name a file name without a folder */
export function pageFile(name: string, content: Uint8Array): [string, PageFile] {
  const type = types[extname(name)] ?? 'application/octet-stream'
  return [`/${name}`, { type, content: new Uint8Array(content) }]
}
