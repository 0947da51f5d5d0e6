/**
 * `sandbox say`: one message of the simulated person, and the bot's answer on stdout. Speaks to the simulator's control
 * API itself, for loading the simulator would take longer than the answer.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { MoltbotError } from '@moltbot/channel-sdk'
import { z } from 'zod'
import type { Output } from '../cli/show.ts'
import { connectGateway } from '../control/client.ts'
import { english } from '../language/speech.ts'
import { sandboxOf } from '../state/state-dir.ts'
import { noSandbox, readRuntime } from './runtime-file.ts'

export interface SayOptions {
  /** Seconds. */
  readonly timeout: number
}

const lookEveryMs = 10

const textItem = z.object({ text_item: z.object({ text: z.string() }) })
const sentMessages = z.array(z.object({ seq: z.number(), to: z.string(), items: z.array(z.unknown()) }))

/**
 * Prints every part of the answer as it comes. A sandbox that is still starting is waited for.
 * @throws `sandbox-unreachable`; `sandbox-silent` when there is no answer in time.
 */
export async function sayInSandbox(
  stateDir: string,
  text: string,
  { timeout }: SayOptions,
  output: Output,
): Promise<undefined> {
  const signal = AbortSignal.timeout(timeout * 1000)
  try {
    await converse(stateDir, text, signal, output)
  } catch (cause) {
    if (!signal.aborted) throw cause
    throw new MoltbotError(
      'sandbox-silent',
      english('the bot has not answered within {seconds} s', { seconds: timeout }),
      { cause },
    )
  }
}

async function converse(stateDir: string, text: string, signal: AbortSignal, output: Output): Promise<void> {
  const phone = await findPhone(stateDir, signal)
  let after = (await phone.messagesAfter(0)).at(-1)?.seq ?? 0
  await phone.write(text)
  while (true) {
    const fresh = await phone.messagesAfter(after)
    for (const { items } of fresh)
      output.write(`${items.map((item) => textOf(item) ?? output.say('[no text]')).join('\n')}\n`)
    const last = fresh.at(-1)
    after = last?.seq ?? after
    if (last !== undefined && (await isAllSent(stateDir))) return
    await sleep(lookEveryMs, undefined, { signal })
  }
}

/** The simulated person's, as soon as they have logged the bot in. */
async function findPhone(stateDir: string, signal: AbortSignal) {
  let { controlUrl, login } = readRuntime(stateDir)
  const call = caller(controlUrl, signal)
  while (login === undefined) {
    await call('/control/qr') // Is there still a sandbox to wait for?
    await sleep(lookEveryMs, undefined, { signal })
    login = readRuntime(stateDir).login
  }
  const { botId, userId } = login
  return {
    write: (text: string) => call('/control/inbound', { botId, from: userId, text }),
    messagesAfter: async (after: number) => {
      const sent = await call(`/control/sent?${new URLSearchParams({ botId, after: String(after) })}`)
      return sentMessages.parse(sent).filter(({ to }) => to === userId)
    },
  }
}

function caller(controlUrl: string, signal: AbortSignal) {
  return async (path: string, body?: object): Promise<unknown> => {
    const post = body && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }
    const response = await fetch(controlUrl + path, { signal, ...post }).catch((cause: unknown) => {
      throw signal.aborted ? cause : noSandbox(cause)
    })
    if (response.ok) return response.json()
    throw new MoltbotError(
      'sandbox-refused',
      english('the simulator refused: {answer}', { answer: await response.text() }),
    )
  }
}

/** What a phone would show of another item is not for a terminal. */
function textOf(item: unknown): string | undefined {
  return textItem.safeParse(item).data?.text_item.text
}

async function isAllSent(stateDir: string): Promise<boolean> {
  const { accounts } = await connectGateway(sandboxOf(stateDir)).call('status')
  return accounts.every(({ outbox }) => outbox.waiting === 0)
}
