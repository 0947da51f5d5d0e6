/**
 * What an MCP tool gave back, as a text for the model (MCP specification, "Tool Result").
 */

import { z } from 'zod'

const partSchema = z.union([
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.enum(['image', 'audio']), data: z.string(), mimeType: z.string() }),
  z.object({
    type: z.literal('resource'),
    resource: z.object({ uri: z.string(), text: z.string().optional(), mimeType: z.string().optional() }),
  }),
  z.object({ type: z.literal('resource_link'), uri: z.string(), description: z.string().optional() }),
])
type Part = z.output<typeof partSchema>

const resultSchema = z.object({
  content: z.array(z.unknown()).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().default(false),
})

/** @throws where the tool says that it failed, with what it says. */
export function textOfResult(result: unknown): string {
  const { content, structuredContent, isError } = resultSchema.parse(result)
  const text = content.map(textOfPart).join('\n')
  if (isError) throw new Error(text || 'the tool failed and does not say why')
  if (text !== '' || structuredContent === undefined) return text || '(nothing)'
  return JSON.stringify(structuredContent)
}

function textOfPart(part: unknown): string {
  const { success, data } = partSchema.safeParse(part)
  return success ? textOfKnown(data) : JSON.stringify(part)
}

function textOfKnown(part: Part): string {
  switch (part.type) {
    case 'text':
      return part.text
    case 'resource':
      return part.resource.text ?? `(${part.resource.mimeType ?? 'a file'} at ${part.resource.uri})`
    case 'resource_link':
      return [part.uri, part.description].filter((one) => one !== undefined).join(': ')
    default:
      return `(${part.mimeType}, which cannot be shown)`
  }
}
