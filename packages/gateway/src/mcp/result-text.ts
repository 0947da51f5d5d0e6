/**
 * What an MCP tool returned, as a text for the model; its files become files of the turn (MCP specification, "Tool Result").
 */

import { z } from 'zod'
import type { ToolFile } from '../tools/tool.ts'

const partSchema = z.union([
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.enum(['image', 'audio']), data: z.string(), mimeType: z.string() }),
  z.object({
    type: z.literal('resource'),
    resource: z.object({
      uri: z.string(),
      text: z.string().optional(),
      blob: z.string().optional(),
      mimeType: z.string().optional(),
    }),
  }),
  z.object({ type: z.literal('resource_link'), uri: z.string(), description: z.string().optional() }),
])
type Part = z.output<typeof partSchema>

const resultSchema = z.object({
  content: z.array(z.unknown()).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().default(false),
})

/** Takes a file and gives the words that stand for it. */
type Produce = (file: ToolFile) => Promise<string>

/** @throws where the tool says that it failed, with what it says. */
export async function textOfResult(result: unknown, produce: Produce): Promise<string> {
  const { content, structuredContent, isError } = resultSchema.parse(result)
  const texts: string[] = []
  for (const part of content) texts.push(await textOfPart(part, produce))
  const text = texts.join('\n')
  if (isError) throw new Error(text || 'the tool failed and does not say why')
  if (text !== '' || structuredContent === undefined) return text || '(nothing)'
  return JSON.stringify(structuredContent)
}

function textOfPart(part: unknown, produce: Produce): string | Promise<string> {
  const { success, data } = partSchema.safeParse(part)
  return success ? textOfKnown(data, produce) : JSON.stringify(part)
}

function textOfKnown(part: Part, produce: Produce): string | Promise<string> {
  switch (part.type) {
    case 'text':
      return part.text
    case 'resource': {
      const { uri, text, blob, mimeType = 'application/octet-stream' } = part.resource
      if (text !== undefined) return text
      return blob === undefined ? `(${mimeType} at ${uri})` : produce(fileOf(blob, mimeType, lastPart(uri)))
    }
    case 'resource_link':
      return [part.uri, part.description].filter((one) => one !== undefined).join(': ')
    default:
      return produce(fileOf(part.data, part.mimeType, part.type))
  }
}

function fileOf(base64: string, mimeType: string, name: string): ToolFile {
  const subtype = /^[a-z]+\/([a-z0-9]{1,8})(?:[;+]|$)/i.exec(mimeType)?.[1]
  const named = /\.\w+$/.test(name) || subtype === undefined ? name : `${name}.${subtype}`
  return { bytes: Buffer.from(base64, 'base64'), mimeType, name: named }
}

function lastPart(uri: string): string {
  const [address = ''] = uri.split(/[?#]/)
  return address.split('/').findLast((part) => part !== '') ?? 'file'
}
