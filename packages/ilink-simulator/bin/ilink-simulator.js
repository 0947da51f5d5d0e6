#!/usr/bin/env node
// Plain JavaScript, so that an old Node gets a sentence instead of a syntax error.
import { existsSync } from 'node:fs'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 16)) {
  console.error(`ilink-simulator needs Node 24.16 or newer, this is ${process.versions.node}`)
  process.exit(1)
}
// A checkout runs from source. An installed package has sources, too, but Node strips no types in node_modules.
const source = new URL('../src/main.ts', import.meta.url)
const isCheckout = existsSync(source) && !source.pathname.includes('/node_modules/')
const { main } = await import(isCheckout ? source.href : new URL('../dist/main.js', import.meta.url).href)
await main(process.argv.slice(2))
