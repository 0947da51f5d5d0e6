/**
 * Some modules of WeChaty load large libraries for what nothing here asks for: an image library for QR codes in files,
 * a client of Wechaty's own hosting, an HTTP client for previews of links. They take 40 MB and 0.5 s in each process that
 * loads WeChaty. In their place stand-ins are loaded, which load the original when one of its functions is called.
 */

import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const late = [
  '/file-box/dist/esm/src/qrcode.js',
  '/wechaty/dist/esm/src/io-client.js',
  '/wechaty/dist/esm/src/helper-functions/open-graph.js',
]
/**
 * LevelDB, for the library's cache, whose place `hosted-puppet.ts` takes. Its native code could not be loaded by a process
 * that is confined, see `child/confinement.ts`.
 */
const never = '/leveldown/leveldown.js'
const nothing = 'module.exports = () => { throw new Error("LevelDB is not loaded here") }'
const dataUrl = 'data:text/javascript,'
const declared = /^export (?:async )?(?:function|class|const) (\w+)/gm

let isRegistered = false

/** To be called before WeChaty is loaded. */
export function loadModulesLate(): void {
  if (isRegistered) return
  isRegistered = true
  registerHooks({
    load(url, context, next) {
      if (!url.endsWith(never)) return next(url, context)
      return { format: 'commonjs', source: nothing, shortCircuit: true }
    },
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      const isLate = late.some((path) => resolved.url.endsWith(path))
      // Asked for by its stand-in, it is the original.
      if (!isLate || context.parentURL?.startsWith(dataUrl)) return resolved
      const standIn = standInFor(resolved.url)
      return standIn === undefined ? resolved : { url: standIn, format: 'module', shortCircuit: true }
    },
  })
}

/** A module with the same exports, each an async function. Undefined where another version exports in another way. */
function standInFor(url: string): string | undefined {
  const source = readFileSync(new URL(url), 'utf8')
  const names = [...source.matchAll(declared)].map(([, name]) => name)
  if (names.length === 0 || names.length !== source.match(/^export\b/gm)?.length) return undefined
  const original = JSON.stringify(url)
  const lines = names.map(
    (name) => `export const ${name} = async (...args) => (await import(${original})).${name}(...args)`,
  )
  return dataUrl + encodeURIComponent(lines.join('\n'))
}
