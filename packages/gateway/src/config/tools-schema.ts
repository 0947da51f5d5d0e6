/**
 * `tools` and `mcp`: what the agent may do besides talking, and what is made of media before it sees them.
 */

import { toolPattern, toolPatternError } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { filePath, programText } from './file-path.ts'
import { headerRecord, httpUrl } from './provider-schema.ts'

const maxPatterns = 1_000
const maxServers = 50
const maxArgs = 200

const maxTranscribers = 5
const maxAudioBytes = 25 * 1024 * 1024
const maxTranscriptionSeconds = 600

const patterns = z.array(z.string().regex(toolPattern, toolPatternError)).max(maxPatterns).exactOptional()

const transcriber = z.strictObject({
  provider: z.string().min(1).describe('A provider of `models.providers` whose `api` is one of "openai-…".'),
  model: z.string().min(1).describe('The provider\'s id of the model, such as "gpt-4o-mini-transcribe".'),
})

const mediaSchema = z
  .strictObject({
    audio: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe('Whether voice messages are transcribed. Needs `models`.'),
        models: z
          .array(transcriber)
          .max(maxTranscribers)
          .default([])
          .describe('Models that transcribe, tried in this order.'),
        maxBytes: z
          .int()
          .positive()
          .max(maxAudioBytes)
          .default(20 * 1024 * 1024)
          .describe('Largest voice message that is transcribed, in bytes.'),
        timeoutSeconds: z
          .number()
          .positive()
          .max(maxTranscriptionSeconds)
          .default(60)
          .describe('Longest time for one voice message and model, in seconds.'),
        language: z
          .string()
          .regex(/^[a-z]{2,3}$/, { error: 'a language is given by its code, such as "zh" or "en"' })
          .exactOptional()
          .describe('Code of the spoken language, such as "zh". Default: detected by the model.'),
      })
      .prefault({})
      .describe(
        'Transcription of voice messages for which WeChat has no transcript. A voice message without one is given as sound to a model that accepts audio; other models read only that there was one.',
      ),
  })
  .prefault({})
  .describe('How media are converted for the agent.')

export const toolsSchema = z
  .strictObject({
    allow: patterns.describe(
      'Tools that the agent may use, by name; "web_*" matches every tool whose name starts with "web_". Default: all. An empty list: none.',
    ),
    deny: patterns.describe('Tools that the agent may not use, even if `allow` names them.'),
    media: mediaSchema,
  })
  .prefault({})
  .describe('Tools of the agent. A group or person can have fewer tools than these, never more.')

/** The part before the `_` of `<server>_<tool>`. */
const serverId = z.string().regex(/^[a-zA-Z0-9][\w-]{0,31}$/, {
  error: "a server's name has 1 to 32 letters, digits, `_` and `-`",
})

const stdioServer = z.strictObject({
  command: filePath.describe('Program to start. It speaks MCP over standard input and output.'),
  args: z
    .array(programText)
    .max(maxArgs)
    .default([])
    .describe('Arguments of the program. Put secrets into `env`, not here.'),
  env: z
    .record(z.string().min(1), programText)
    .default({})
    .describe(
      "Environment variables for the program. Of the gateway's own environment it gets only basic variables such as PATH and HOME.",
    ),
})

const httpServer = z.strictObject({
  url: httpUrl.describe('URL of a server that speaks MCP over streamable HTTP.'),
  headers: headerRecord.default({}).describe('HTTP headers for every request.'),
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
        'MCP servers, under names that you choose: `{command, args, env}` or `{url, headers}`. Their tools are called `<server>_<tool>`.',
      ),
    serve: z
      .strictObject({
        readConversations: z
          .boolean()
          .default(false)
          .describe(
            'Let clients of the MCP server read what was written in the conversations of the targets that they reach. What people write can be an attempt to instruct the client.',
          ),
      })
      .prefault({})
      .describe('The MCP server of the gateway, by which other agents write to `targets`.'),
  })
  .prefault({})
  .describe('Tools of other programs, over the Model Context Protocol (MCP).')
