import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../../../test/samples.ts'
import { WholeFiles } from './whole-file-server.ts'

it('a file can be read whole as soon as it counts as saved', async () => {
  const files = new WholeFiles({ storeDir: temporaryFolder() })
  files.init()
  onTestFinished(() => files.destroy())
  const bytes = randomBytes(8_000_000)
  const id = await files.save(Readable.from([bytes]))
  const read = await buffer(await files.load(id))
  expect(read.equals(bytes)).toBe(true)
})
