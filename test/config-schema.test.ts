import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('../scripts/config-schema.ts', import.meta.url))

test('config/config.schema.json matches the schemas', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@moltbot/source', script, '--check'],
    { encoding: 'utf8' },
  )
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})
