/**
 * `send_file`: sends a file of the agent's workspace, or one that a tool returned, with the reply.
 */

import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { codeOf, messageOf } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { openInside } from './path-guard.ts'
import { type AgentTool, defineTool, type ToolContext } from './tool.ts'

/** A longer name is a mistake. What the person sees is cut by the channel. */
const maxNameLength = 1_000
/** Where the channel knows no limit. */
const largestFile = 100 * 1024 * 1024
/** Named to a model that asks for a file that is not there. */
const maxNamesShown = 50

const input = z.strictObject({
  path: z
    .string()
    .describe(
      'The file, relative to the workspace, such as "report.pdf" or "photos/cat.jpg", or the name of a file that a tool has just returned.',
    ),
  name: z
    .string()
    .max(maxNameLength)
    .optional()
    .describe('What the person sees as its name. Left out: its own.'),
})

/** @param workspace absolute. */
export function sendFileTool(workspace: string): AgentTool {
  return defineTool({
    name: 'send_file',
    description:
      'Sends a file of your workspace, or one that a tool returned, to the person with your reply.',
    input,
    timeoutMs: 10_000,
    run: (given, context) => sendFile(workspace, given, context),
  })
}

async function sendFile(
  workspace: string,
  { path, name }: z.output<typeof input>,
  context: ToolContext,
): Promise<string> {
  const source = { path: context.files.produced(path) ?? (await copyFrom(workspace, path, context)) }
  context.attach({ source, name: name || basename(path) })
  return 'The file goes out with your reply.'
}

/** Copies what was checked: the path may lead elsewhere by the time the file is sent. */
async function copyFrom(
  workspace: string,
  path: string,
  { files, signal, maxFileBytes = largestFile }: ToolContext,
): Promise<string> {
  const file = await openInside(workspace, path).catch(async (error: unknown) => {
    if (codeOf(error) !== 'path-missing') throw error
    throw new Error(`${messageOf(error)}; the workspace has: ${await namesIn(workspace)}`)
  })
  try {
    const { size } = await file.stat()
    if (size > maxFileBytes) {
      throw new Error(`"${path}" has ${size} bytes; a file may have ${maxFileBytes} at most to be sent here`)
    }
    return await files.copy(file.createReadStream({ autoClose: false }), maxFileBytes, signal)
  } finally {
    await file.close()
  }
}

async function namesIn(workspace: string): Promise<string> {
  const names = await readdir(workspace)
  const shown = names.filter((name) => !name.startsWith('.')).slice(0, maxNamesShown)
  return shown.map((name) => JSON.stringify(name)).join(', ') || 'nothing'
}
