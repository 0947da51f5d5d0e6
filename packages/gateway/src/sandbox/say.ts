/**
 * `sandbox say`: one message of the simulated person, and the bot's answer on stdout.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { MoltbotError } from '@moltbot/channel-sdk'
import { controlClient } from 'ilink-simulator'
import { z } from 'zod'
import { connectGateway } from '../control/client.ts'
import { noSandbox, readRuntime, type SandboxRuntime, sandboxDir } from './runtime-file.ts'

export interface SayOptions {
  /** Seconds. */
  readonly timeout: number
}

const lookEveryMs = 10

const item = z.object({ text_item: z.object({ text: z.string() }).optional() })
const status = z.object({ accounts: z.array(z.object({ outbox: z.object({ waiting: z.number() }) })) })

/** Prints every part of the answer as it comes. @throws `sandbox-unreachable`; `sandbox-silent` when there is no answer in time. */
export async function sayInSandbox(
  stateDir: string,
  text: string,
  { timeout }: SayOptions,
): Promise<undefined> {
  const runtime = readRuntime(stateDir)
  const phone = phoneOf(runtime)
  let after = await phone.lastSeq()
  await phone.write(text)
  const deadline = performance.now() + timeout * 1000
  while (performance.now() < deadline) {
    const fresh = await phone.messagesAfter(after)
    for (const message of fresh) process.stdout.write(`${message.text}\n`)
    const last = fresh.at(-1)
    after = last?.seq ?? after
    if (last !== undefined && (await isAllSent(stateDir))) return
    await sleep(lookEveryMs)
  }
  throw new MoltbotError('sandbox-silent', `the bot has not answered within ${timeout} s`)
}

function phoneOf({ controlUrl, botId, userId }: SandboxRuntime) {
  const control = controlClient(controlUrl)
  const messages = async (after: number) =>
    (await control.sent({ botId, after })).filter(({ to }) => to === userId)
  return {
    lastSeq: async () => {
      const all = await messages(0).catch((cause: unknown) => {
        throw noSandbox(cause)
      })
      return all.at(-1)?.seq ?? 0
    },
    write: (text: string) => control.inbound({ botId, text, from: userId }),
    messagesAfter: async (after: number) =>
      (await messages(after)).map(({ seq, items }) => ({ seq, text: items.map(textOf).join('\n') })),
  }
}

/** What a phone would show of an item that is no text is not for a terminal. */
function textOf(value: unknown): string {
  return item.safeParse(value).data?.text_item?.text ?? '[no text]'
}

async function isAllSent(stateDir: string): Promise<boolean> {
  const { accounts } = status.parse(await connectGateway(sandboxDir(stateDir)).get('/api/status'))
  return accounts.every(({ outbox }) => outbox.waiting === 0)
}
