/**
 * `moltbot.plugin.json`: how an extension says what it is, read before any of its code runs.
 */

import { readFileSync } from 'node:fs'
import { isAbsolute, join, normalize } from 'node:path'
import { MoltbotError, messageOf, type PluginManifest } from '@moltbot/channel-sdk'
import { z } from 'zod'

export const manifestName = 'moltbot.plugin.json'

const insideExtension = z
  .string()
  .refine((path) => !isAbsolute(path) && !normalize(path).startsWith('..'), 'must stay inside the extension')

const manifestSchema = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1),
  description: z.string(),
  channels: z.array(z.string().min(1)).min(1),
  entry: insideExtension,
  source: insideExtension.optional(),
})

/** @throws `extension-broken`, naming the file and each thing that is wrong with it. */
export function readManifest(folder: string): PluginManifest {
  const file = join(folder, manifestName)
  const parsed = manifestSchema.safeParse(readJson(file))
  if (!parsed.success) throw brokenExtension(file, z.prettifyError(parsed.error))
  const { source, ...rest } = parsed.data
  return source === undefined ? rest : { ...rest, source }
}

export function brokenExtension(file: string, problem: string, cause?: unknown): MoltbotError {
  return new MoltbotError('extension-broken', `${file}: ${problem}`, { cause })
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw brokenExtension(file, messageOf(error), error)
  }
}
