/**
 * `tools` and `mcp`: what the agent may do besides talking, and what is made of media before it sees them.
 */

import { toolPattern, toolPatternError } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { headerRecord, httpUrl } from './provider-schema.ts'

const maxPatterns = 1_000
const maxServers = 50
const maxArgs = 200

const maxTranscribers = 5
const maxAudioBytes = 25 * 1024 * 1024
const maxTranscriptionSeconds = 600

const patterns = z.array(z.string().regex(toolPattern, toolPatternError)).max(maxPatterns).exactOptional()

const transcriber = z.strictObject({
  provider: z.string().min(1).describe('One of `models.providers`, with one of the APIs "openai-…".'),
  model: z.string().min(1).describe('Its name for the model, such as "gpt-4o-mini-transcribe".'),
})

const mediaSchema = z
  .strictObject({
    audio: z
      .strictObject({
        enabled: z.boolean().default(true).describe('Turn voices into words. Without `models` none are.'),
        models: z
          .array(transcriber)
          .max(maxTranscribers)
          .default([])
          .describe('Who does it: asked in this order, until one has understood the voice.'),
        maxBytes: z
          .int()
          .positive()
          .max(maxAudioBytes)
          .default(20 * 1024 * 1024)
          .describe('A larger voice stays sound.'),
        timeoutSeconds: z
          .number()
          .positive()
          .max(maxTranscriptionSeconds)
          .default(60)
          .describe('How long one model may take for one voice.'),
        language: z
          .string()
          .regex(/^[a-z]{2,3}$/, { error: 'a language is given by its code, such as "zh" or "en"' })
          .exactOptional()
          .describe('What is spoken, by its code, such as "zh". Default: the model finds out.'),
      })
      .prefault({})
      .describe(
        'Voices for which WeChat sends no transcript of its own. What is not transcribed stays sound: played to a model that takes it, named to others.',
      ),
  })
  .prefault({})
  .describe('What is made of media before the agent sees them.')

export const toolsSchema = z
  .strictObject({
    allow: patterns.describe(
      'The tools that the agent may use, by name; "web_*" is every tool whose name begins so. Default: all; an empty list is none.',
    ),
    deny: patterns.describe('Tools that it may not use, whatever `allow` says.'),
    media: mediaSchema,
  })
  .prefault({})
  .describe('What the agent may use. Groups and people may be held to less, never given more.')

/** The part before the `_` of `<server>_<tool>`. */
const serverId = z.string().regex(/^[a-zA-Z0-9][\w-]{0,31}$/, {
  error: "a server's name has 1 to 32 letters, digits, `_` and `-`",
})

const stdioServer = z.strictObject({
  command: z
    .string()
    .min(1)
    .describe('The program to start; it speaks MCP over its standard input and output.'),
  args: z
    .array(z.string())
    .max(maxArgs)
    .default([])
    .describe('Its arguments. Keep secrets out of them; use `env`.'),
  env: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe("Environment variables for it. Of the gateway's own it sees only PATH, HOME and their likes."),
})

const httpServer = z.strictObject({
  url: httpUrl.describe('Where the server is; it speaks MCP over streamable HTTP.'),
  headers: headerRecord.default({}).describe('Headers sent with every request, by name.'),
})

export const mcpSchema = z
  .strictObject({
    servers: z
      .record(serverId, z.union([stdioServer, httpServer]))
      .refine((servers) => Object.keys(servers).length <= maxServers, {
        error: `at most ${maxServers} servers`,
      })
      .default({})
      .describe(
        'MCP servers by a name of your own: `{command, args, env}` or `{url, headers}`. Their tools are called `<server>_<tool>`.',
      ),
  })
  .prefault({})
  .describe('Tools of others, over the Model Context Protocol.')
