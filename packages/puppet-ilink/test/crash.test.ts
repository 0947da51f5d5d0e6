import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { setStage, until } from './stage.ts'

const rounds = 10
const batchSize = 200

const child = new URL('crash-child.ts', import.meta.url).pathname

it('loses nothing by kill -9 in the middle of a batch of 200, ten times', {
  timeout: 120_000,
}, async () => {
  const stage = await setStage({ delivery: 'replay' })
  const folder = await stage.folder()
  const path = join(folder, 'handed-over')
  await writeFile(path, '')
  const { botId, token } = await stage.control.account()
  const handedOver = async () => (await readFile(path, 'utf8')).split('\n').filter(Boolean)
  const start = () => {
    const args = ['--conditions=@moltbot/source', child, stage.url, join(folder, 'state'), token, path]
    return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  const sent: string[] = []
  for (let round = 0; round < rounds; round += 1) {
    const batch = Array.from({ length: batchSize }, (_, n) => ({ botId, text: `round ${round}, ${n}` }))
    const before = (await handedOver()).length
    const consumer = start()
    for (const { messageId } of await stage.control.inboundBatch(batch)) sent.push(messageId)
    // Sooner or later in the batch, from before its first message to far into it.
    const mark = before + Math.floor((batchSize * round) / rounds)
    await until(async () => (await handedOver()).length >= mark)
    consumer.kill('SIGKILL')
    await once(consumer, 'exit')
  }
  const last = start()
  await until(async () => new Set(await handedOver()).size >= sent.length)
  last.kill('SIGKILL')
  await once(last, 'exit')
  expect(new Set(await handedOver())).toEqual(new Set(sent))
})
