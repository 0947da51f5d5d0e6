/**
 * The strict schema of a configuration's root, all but the channels, whose values their plugins check. Types, the JSON
 * Schema for editors and the manual's key reference come from here.
 */

import { z } from 'zod'
import { alertsSchema } from './alerts-schema.ts'
import { clusterSchema } from './cluster-schema.ts'
import { filePath } from './file-path.ts'
import { limitsSchema } from './limits-schema.ts'
import { loggingSchema } from './logging-schema.ts'
import { mediaSchema } from './media-schema.ts'
import { networkSchema } from './network-schema.ts'
import { providersSchema } from './provider-schema.ts'
import { schedulesSchema } from './schedules-schema.ts'
import { stateSchema } from './state-schema.ts'
import { targetsSchema } from './targets-schema.ts'
import { mcpSchema, toolsSchema } from './tools-schema.ts'

const notYet = 'is not supported in this version; remove it'

const maxPromptLength = 100_000
const maxTurnTimeoutSeconds = 3_600
const maxToolStepsAllowed = 100
const maxDebounceMs = 60_000
const maxMediaWaitMs = 60_000
const maxProgressAfterMs = 3_600_000
const maxShutdownTimeoutMs = 60_000
const maxLinks = 10_000
const maxPublicHosts = 20

/** As it is in a `Host` header, without the port. */
const hostName = z
  .string()
  .regex(/^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/, {
    error: 'a host name is given in lower case and without a port, such as "push.example.com"',
  })

/** Known to the contract, not to this version. */
const notServed = z.never({ error: notYet }).exactOptional()

const modelName = z.string().regex(/^[^\s/]+\/\S+$/, {
  error: 'a model is named as "provider/model", such as "openai/gpt-5" or "builtin/echo"',
})

const modelSchema = z
  .union([
    modelName.transform((primary) => ({ primary })),
    z.strictObject({
      primary: modelName
        .exactOptional()
        .describe(
          'The model that answers, as "provider/model": a provider of `models.providers`, or "builtin/echo", which repeats every message and needs no network. Without a model the gateway runs and reports what is missing.',
        ),
    }),
  ])
  .prefault({})
  .describe('The model, by name or as `{primary: name}`.')

const agentDefaults = z
  .strictObject({
    model: modelSchema,
    systemPrompt: z
      .string()
      .max(maxPromptLength)
      .exactOptional()
      .describe(
        'System prompt: who the agent is and what it does. Default: a short prompt for a helpful assistant in WeChat.',
      ),
    turnTimeoutSeconds: z
      .number()
      .positive()
      .max(maxTurnTimeoutSeconds)
      .default(120)
      .describe('Longest time for one answer, in seconds. After that the turn fails.'),
    maxOutputTokens: z
      .int()
      .positive()
      .exactOptional()
      .describe("Longest answer, in tokens of the provider. Default: the provider's own limit."),
    maxToolSteps: z
      .int()
      .min(0)
      .max(maxToolStepsAllowed)
      .default(10)
      .describe(
        'Rounds of tool calls for one answer. After the last one the agent must answer with what it has.',
      ),
    maxTurnTokens: z
      .int()
      .positive()
      .default(300_000)
      .describe(
        'Tokens, input and output, that the tool calls for one answer may use. Above that the agent must answer with what it has.',
      ),
    workspace: filePath
      .exactOptional()
      .describe(
        'Folder whose files the agent may send. It has to exist. `~` is your home directory; a relative path starts at the configuration file. Default: `workspace` in the state directory.',
      ),
    tools: notServed,
  })
  .prefault({})
  .describe('Settings of the agent.')

const session = z
  .strictObject({
    dmScope: z
      .enum(['main', 'per-peer', 'per-channel-peer', 'per-account-channel-peer'])
      .default('per-account-channel-peer')
      .describe(
        'Which direct chats share a session. main: all; per-peer: all chats of one person; per-channel-peer: those of one person on one channel; per-account-channel-peer: those of one person with one account.',
      ),
    identityLinks: z
      .record(z.string().min(1), z.array(z.string().min(1)).max(maxLinks))
      .default({})
      .describe(
        'Ids of the same person, under a name that you choose: `{ann: ["wechat:wxid_1", "wechat:wxid_2"]}`.',
      ),
  })
  .prefault({})
  .describe('How conversations are grouped into sessions.')

export const gatewayConfigSchema = z
  .strictObject({
    $schema: z.string().exactOptional().describe('JSON Schema of this file, for editors.'),
    gateway: z
      .strictObject({
        port: z
          .int()
          .min(0)
          .max(65_535)
          .default(18_789)
          .describe('Port of the control plane. 0: any free port. A change needs a restart.'),
        bind: z
          .enum(['loopback', 'lan'])
          .default('loopback')
          .describe(
            'Who can reach the control plane. loopback: only this machine; lan: the network too. A change needs a restart.',
          ),
        publicHosts: z
          .array(hostName)
          .max(maxPublicHosts)
          .default([])
          .describe(
            'Host names under which other machines reach the push API and the MCP server, such as that of a reverse proxy. Nothing else is served under them. Addresses need not be listed.',
          ),
        shutdownTimeoutMs: z
          .int()
          .min(0)
          .max(maxShutdownTimeoutMs)
          .default(10_000)
          .describe(
            'Milliseconds that running turns have to end when the gateway stops or restarts. Turns that are cut off run again at the next start.',
          ),
        tools: notServed,
      })
      .prefault({})
      .describe('The gateway process and its control plane.'),
    dashboard: z
      .strictObject({
        showTexts: z
          .boolean()
          .default(true)
          .describe(
            'Show in the dashboard what people and the bot write. false: only who wrote when, and what became of it.',
          ),
      })
      .prefault({})
      .describe('The dashboard in the browser.'),
    alerts: alertsSchema,
    agents: z
      .strictObject({ defaults: agentDefaults, list: notServed, entries: notServed, ownership: notServed })
      .prefault({})
      .describe('The agent that answers.'),
    models: z.strictObject({ providers: providersSchema }).prefault({}).describe('Model providers.'),
    messages: z
      .strictObject({
        inbound: z
          .strictObject({
            debounceMs: z
              .int()
              .min(0)
              .max(maxDebounceMs)
              .default(500)
              .describe(
                'Texts of one sender that arrive within this many milliseconds of each other are answered together. 0: each is answered separately.',
              ),
            mediaWaitMs: z
              .int()
              .min(0)
              .max(maxMediaWaitMs)
              .default(3_000)
              .describe(
                'A picture, video, file or card that came without text waits this many milliseconds for text of its sender before it is answered. 0: it is answered at once.',
              ),
          })
          .prefault({})
          .describe('Incoming messages.'),
        progressAfterMs: z
          .int()
          .min(0)
          .max(maxProgressAfterMs)
          .default(45_000)
          .describe(
            'If an answer takes longer than this many milliseconds, the person gets one short notice that the work goes on. 0: never.',
          ),
      })
      .prefault({})
      .describe('How messages are handled.'),
    media: mediaSchema,
    network: networkSchema,
    state: stateSchema,
    session,
    logging: loggingSchema,
    channels: z.record(z.string(), z.unknown()).default({}),
    limits: limitsSchema,
    schedules: schedulesSchema,
    cluster: clusterSchema,
    tools: toolsSchema,
    mcp: mcpSchema,
    targets: targetsSchema,
  })
  .superRefine(checkModels)

/** A checked configuration with its defaults, without the channels. */
export type GatewayConfig = Omit<z.output<typeof gatewayConfigSchema>, 'channels' | '$schema'>

/** What no single schema sees: whether the models that are named have a provider that can serve them. */
interface NamedModels {
  readonly agents: { readonly defaults: { readonly model: { readonly primary?: string } } }
  readonly tools: z.output<typeof toolsSchema>
  readonly models: { readonly providers: z.output<typeof providersSchema> }
}

function checkModels(config: NamedModels, context: z.RefinementCtx): void {
  checkPrimary(config, context)
  checkTranscribers(config, context)
}

/** Models that need no provider. */
const builtinModels: readonly string[] = ['builtin/echo']

function checkPrimary({ agents, models }: NamedModels, context: z.RefinementCtx): void {
  const { primary } = agents.defaults.model
  if (primary === undefined || builtinModels.includes(primary)) return
  if (!primary.includes('/')) return // Its own schema has said so.
  const provider = primary.slice(0, primary.indexOf('/'))
  if (Object.hasOwn(models.providers, provider)) return
  const message = `${noProvider(provider, models)}, and "${primary}" is not built in (${builtinModels.join(', ')})`
  context.addIssue({ code: 'custom', path: ['agents', 'defaults', 'model', 'primary'], message })
}

function checkTranscribers({ tools, models }: NamedModels, context: z.RefinementCtx): void {
  for (const [index, { provider }] of tools.media.audio.models.entries()) {
    const known = Object.hasOwn(models.providers, provider) ? models.providers[provider] : undefined
    if (known !== undefined && known.api !== 'anthropic-messages') continue
    const message =
      known === undefined
        ? noProvider(provider, models)
        : `the API ${known.api} has no transcription; openai-completions and openai-responses have`
    context.addIssue({
      code: 'custom',
      path: ['tools', 'media', 'audio', 'models', index, 'provider'],
      message,
    })
  }
}

function noProvider(provider: string, { providers }: NamedModels['models']): string {
  const known = Object.keys(providers).join(', ') || 'which is empty'
  return `there is no provider "${provider}" in models.providers (${known})`
}
