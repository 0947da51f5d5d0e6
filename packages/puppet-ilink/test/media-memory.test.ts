import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CdnServer, encrypted, startCdn } from './cdn-server.ts'

const sizes = { small: 4 << 20, big: 100_000_000 }
const maxGrowthBytes = 32 << 20
const key = randomBytes(16)
const child = fileURLToPath(new URL('./media-memory-child.ts', import.meta.url))
let folder: string
let cdn: CdnServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-memory-'))
  cdn = await startCdn()
  for (const [name, size] of Object.entries(sizes)) {
    const plain = Buffer.alloc(size, randomBytes(4096))
    await writeFile(join(folder, `file.${name}`), plain)
    cdn.blobs.set(name, encrypted(plain, key))
  }
})
afterAll(async () => {
  await cdn.close()
  await rm(folder, { recursive: true })
})

it.each(['download', 'upload'])('%s of 100 MB stays within 32 MiB of resident memory', async (direction) => {
  const path = join(folder, direction === 'upload' ? 'file' : 'copy')
  const args = [child, direction, cdn.baseUrl, path, key.toString('hex')]
  const { stdout } = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const growth = await text(stdout)
  expect(growth).toMatch(/^\d+\n$/)
  expect(Number(growth)).toBeLessThan(maxGrowthBytes)
  console.log(`${direction}: ${(Number(growth) / (1 << 20)).toFixed(1)} MiB`)
})
