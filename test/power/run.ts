/**
 * `npm run power-failure -- --failures 200`: streams messages to a gateway whose machine loses its power again and again.
 * Each time the disk stops in the middle (disk.ts), what was not flushed is cut from the files (cut.ts), and the gateway
 * goes on with what is left. Prints one JSON line for each backend; exits with 1 where a message is lost, an answer comes
 * twice, the end of an answer is missing without a notice, or a database is damaged.
 */

import '../support/quiet.ts'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { diceOf } from '../chaos/dice.ts'
import { failuresOf } from '../crash/ledger.ts'
import { type BackendKind, backends, streamThroughLives } from '../crash/stream.ts'
import { PowerLife } from './life.ts'

const { values } = parseArgs({
  options: {
    failures: { type: 'string', default: '20' },
    messages: { type: 'string', default: '400' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    backend: { type: 'string', multiple: true, default: [...backends] },
  },
})

const seed = Number(values.seed)
await Promise.all(backends.filter((one) => values.backend.includes(one)).map(run))

async function run(backend: BackendKind): Promise<void> {
  const dice = diceOf(seed)
  const image = mkdtempSync(join(tmpdir(), 'moltbot-disk-'))
  const lives = Array.from({ length: Number(values.failures) }, () => new PowerLife(image, dice))
  const startedMs = performance.now()
  try {
    const { ended, ...result } = await streamThroughLives({
      backend,
      messages: Number(values.messages),
      lives,
      dice,
    })
    const seconds = Math.round((performance.now() - startedMs) / 1_000)
    const corrupt = lives.flatMap(({ damage }) => damage)
    console.log(JSON.stringify({ backend, seed, seconds, failures: ended, ...result, corrupt }))
    if (failuresOf(result) + corrupt.length > 0) process.exitCode = 1
  } finally {
    rmSync(image, { recursive: true })
  }
}
