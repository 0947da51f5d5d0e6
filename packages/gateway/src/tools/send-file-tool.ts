/**
 * `send_file`: sends a file of the agent's workspace with the reply.
 */

import { readdir, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { codeOf, messageOf } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { fileInside } from './path-guard.ts'
import { type AgentTool, defineTool, type ToolContext } from './tool.ts'

const maxNameLength = 200
/** Named to a model that asks for a file that is not there. */
const maxNamesShown = 50

const input = z.strictObject({
  path: z.string().describe('The file, relative to the workspace, such as "report.pdf" or "photos/cat.jpg".'),
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
    description: 'Sends a file of your workspace to the person, with your reply.',
    input,
    timeoutMs: 10_000,
    run: (given, context) => sendFile(workspace, given, context),
  })
}

async function sendFile(
  workspace: string,
  { path, name }: z.output<typeof input>,
  { attach, maxFileBytes = Infinity }: ToolContext,
): Promise<string> {
  try {
    const real = await fileInside(workspace, path)
    const { size } = await stat(real)
    if (size > maxFileBytes) {
      throw new Error(`"${path}" has ${size} bytes; a file may have ${maxFileBytes} at most to be sent here`)
    }
    attach({ source: { path: real }, name: name || basename(path) })
    return 'The file goes out with your reply.'
  } catch (error) {
    if (codeOf(error) !== 'path-missing') throw error
    throw new Error(`${messageOf(error)}; the workspace has: ${await namesIn(workspace)}`)
  }
}

async function namesIn(workspace: string): Promise<string> {
  const names = await readdir(workspace)
  const shown = names.filter((name) => !name.startsWith('.')).slice(0, maxNamesShown)
  return shown.map((name) => JSON.stringify(name)).join(', ') || 'nothing'
}
