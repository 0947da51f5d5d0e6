/**
 * `push`: a message to a target, from the command line, a script or a cron job.
 */

import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { connectGateway } from '../control/client.ts'
import { english } from '../language/speech.ts'
import { exitCodes } from './failure.ts'
import { type Output, show } from './show.ts'

export interface PushOptions {
  /** Left out or `-`: it is read from standard input. */
  readonly text?: string
  readonly markdown?: true
  readonly title?: string
  /** A path, relative to where the command runs. */
  readonly file?: string
  readonly key?: string
  readonly json?: true
}

/** Bytes of standard input. The gateway refuses a text that is too long. */
const maxInput = 256 * 1024

/**
 * 1 when only a part of it was sent.
 * @throws `usage` where there is neither text nor file, and why it is not sent
 */
export async function pushMessage(
  stateDir: string,
  target: string,
  { text: given, markdown, title, file, key, json }: PushOptions,
  { input, ...output }: Output & { readonly input: Readable & { readonly isTTY?: boolean } },
): Promise<number> {
  const text = given !== undefined && given !== '-' ? given : await piped(input, given === '-', file)
  if (text === '' && file === undefined)
    throw new MoltbotError('usage', english('error: nothing to send; give a text, --file, or both'))
  const form = new FormData()
  const fields = { target, [markdown ? 'markdown' : 'text']: text, title, idempotencyKey: key }
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.set(name, value)
  if (file !== undefined) form.set('file', await blobOf(file), basename(file))
  const push = await connectGateway(stateDir).push(form)
  show(output, json, push, () => {
    const outcome = output.translate(push.state)
    const reason = push.reason === '' ? [] : [output.translate(push.reason)]
    return [[outcome, ...reason].join(': '), output.say('id: {id}', { id: push.id })]
  })
  return push.state === 'partly-sent' ? exitCodes.failed : exitCodes.fine
}

/** A person at a terminal who gave no text is not kept waiting, and a file needs none. */
async function piped(
  input: Readable & { readonly isTTY?: boolean },
  isWanted: boolean,
  file: string | undefined,
): Promise<string> {
  if (!isWanted && (input.isTTY === true || file !== undefined)) return ''
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of input) {
    pieces.push(Buffer.from(piece))
    bytes += piece.length
    if (bytes > maxInput)
      throw new MoltbotError('usage', english('error: the text is too long; send it as a file with --file'))
  }
  return Buffer.concat(pieces).toString().trimEnd()
}

async function blobOf(file: string): Promise<Blob> {
  try {
    return await openAsBlob(file)
  } catch (error) {
    const reason = messageOf(error)
    throw new MoltbotError('usage', english('error: {file} cannot be read: {reason}', { file, reason }))
  }
}
