/**
 * The people around a steered puppet: they write to the bot, receive what it sends, and outlive the puppet.
 */

import { mkdtempSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Order, Report, Said } from './mock-world-messages.ts'
import type { SteeredOptions } from './steered-puppet.ts'

export interface MockWorld {
  readonly puppetOptions: SteeredOptions
  /** From now on the bot is logged in whenever its puppet starts. */
  logIn(): void
  /** @throws while no puppet runs */
  say(message: Said): void
  /** @returns false while no puppet runs */
  order(order: Order): boolean
  /** Messages of the bot, through any puppet, oldest first. */
  readonly heard: readonly Report[]
  close(): void
}

/** @param onHeard called with each message of the bot, which is not kept in `heard` then */
export async function startMockWorld(onHeard?: (report: Report) => void): Promise<MockWorld> {
  const world = join(mkdtempSync(join(tmpdir(), 'mock-world-')), 'world.sock')
  const heard: Report[] = []
  let loggedIn = false
  let puppet: Socket | undefined
  const hear = onHeard ?? ((report: Report) => void heard.push(report))
  const order = (order: Order): boolean => {
    puppet?.write(`${JSON.stringify(order)}\n`)
    return puppet !== undefined
  }
  const server = createServer((socket) => {
    puppet = socket
    // A puppet that is killed resets its connection.
    socket
      .on('error', () => undefined)
      .on('close', () => {
        if (puppet === socket) puppet = undefined
      })
    createInterface(socket)
      .on('error', () => undefined)
      .on('line', (line) => hear(JSON.parse(line)))
    if (loggedIn) order({ type: 'log-in' })
  })
  await new Promise<void>((resolve) => server.listen(world, resolve))
  return {
    puppetOptions: { world },
    heard,
    logIn() {
      loggedIn = true
      order({ type: 'log-in' })
    },
    say(message) {
      if (!order({ type: 'say', ...message })) throw new Error('no puppet runs')
    },
    order,
    close() {
      puppet?.destroy()
      server.close()
    },
  }
}
