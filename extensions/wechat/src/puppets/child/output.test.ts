import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { recordingLog } from '../../../test/samples.ts'
import { ChildOutput, maxBytesPerWindow, maxLineLength, maxLinesPerWindow } from './output.ts'

/** The lines in the log, and the last output for the reason of an end, when a child has printed these pieces. */
async function print(...pieces: (string | Buffer)[]) {
  const log = recordingLog()
  const output = new ChildOutput(log)
  const stream = new PassThrough()
  output.follow(stream, 'stderr')
  for (const piece of pieces) stream.write(piece)
  stream.end()
  await once(stream, 'close')
  output.end()
  return { lines: log.lines.map(({ message }) => message), tail: output.tail() }
}

test('each line is logged once it is whole, the last one too', async () => {
  expect((await print('one\ntw', 'o\n\n', 'three')).lines).toEqual(['one', 'two', 'three'])
})

test('a character that comes in two pieces is one', async () => {
  const [first, ...others] = Buffer.from('好\n')
  expect((await print(Buffer.from([first ?? 0]), Buffer.from(others))).lines).toEqual(['好'])
})

test('a long line is cut, whatever its pieces', async () => {
  const { lines } = await print('x'.repeat(maxLineLength), 'x'.repeat(5 * maxLineLength), '\nnext')
  expect(lines).toEqual([`${'x'.repeat(maxLineLength)}…`, 'next'])
})

test('of a flood the first lines are logged and the rest is counted', async () => {
  const { lines } = await print('again\n'.repeat(maxLinesPerWindow + 7))
  expect(lines).toHaveLength(maxLinesPerWindow + 1)
  expect(lines.at(-1)).toBe('7 lines of the puppet were left out')
})

test('a puppet that prints more than a window takes has to wait for the next one', async () => {
  const output = new ChildOutput(recordingLog())
  const stream = new PassThrough()
  output.follow(stream, 'stdout')
  stream.write(Buffer.alloc(maxBytesPerWindow))
  await new Promise((resolve) => setImmediate(resolve))
  expect(stream.isPaused()).toBe(false)
  stream.write('\n')
  await new Promise((resolve) => setImmediate(resolve))
  expect(stream.isPaused()).toBe(true)
  output.end()
  expect(stream.isPaused()).toBe(false)
})

test('the reason of an end is the last output without its stack', async () => {
  const { tail } = await print('Error: no login\n    at start (puppet.js:1:1)\n    at main (puppet.js:2:1)\n')
  expect(tail).toBe('Error: no login')
})
