import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { controlClient } from '../src/index.ts'

const bin = fileURLToPath(new URL('../bin/ilink-simulator.js', import.meta.url))
const started: ChildProcess[] = []

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

function run(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  return child
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no stdout')
  const [line] = await once(createInterface(child.stdout), 'line')
  return line
}

test('prints one JSON line when it listens and ends on SIGTERM', async () => {
  const child = run('--port', '0', '--json')
  const places = JSON.parse(await firstLine(child))
  expect(Object.keys(places)).toEqual(['url', 'cdnUrl', 'controlUrl'])
  expect(await controlClient(places.controlUrl).account()).toMatchObject({ botId: expect.any(String) })
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('ends when the parent that forked it disconnects', async () => {
  const child = fork(bin, ['--json'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  started.push(child)
  await firstLine(child)
  child.disconnect()
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('--help says how to use it', async () => {
  expect(await firstLine(run('--help'))).toMatch(/^Usage: ilink-simulator/)
})

test('an invalid flag is named, with exit code 1', async () => {
  const child = run('--port', 'many')
  expect((await once(child, 'exit'))[0]).toBe(1)
})
