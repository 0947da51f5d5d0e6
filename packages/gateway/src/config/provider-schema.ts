/**
 * `models.providers`: where a model is reached, and with which credentials.
 */

import { z } from 'zod'
import { apiKeyProblem } from './api-key.ts'

/** Credentials belong into headers: a URL is shown in errors and logs. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
  .refine((url) => !/^[^/]*\/\/[^/]*@/.test(url), {
    error: 'a URL with a user name in it is not taken; use `apiKey` or `headers`',
  })

export const headerRecord = z.record(
  z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, { error: 'not the name of an HTTP header' }),
  z.string(),
)

/** The paths of single requests, which examples of `curl` show; the gateway adds them itself. */
const requestPath = /\/(?:chat\/completions|completions|responses|messages)\/*(?=[?#]|$)/i

const baseUrl = httpUrl.superRefine((url, context) => {
  const [ending] = requestPath.exec(url) ?? []
  if (ending === undefined) return
  const message = `ends with the path of a request, which the gateway adds itself; remove "${ending}"`
  context.addIssue({ code: 'custom', message })
})

const maxModels = 1_000
const maxWindowTokens = 100_000_000
const maxInputs = 20

/** What the family's model lists may say besides; other hosts read it. */
const otherFacts = Object.fromEntries(
  'api baseUrl reasoning contextTokens thinkingLevelMap params agentRuntime headers compat mediaInput metadataSource'
    .split(' ')
    .map((key) => [key, z.unknown().exactOptional().describe('Read by OpenClaw only.')]),
)

const maxPrice = 1_000_000
const price = z.number().nonnegative().max(maxPrice)

const modelCostKeys = z.strictObject({
  input: price.exactOptional().describe('Price of a million tokens that the model reads.'),
  output: price.exactOptional().describe('Price of a million tokens that the model writes.'),
  cacheRead: price
    .exactOptional()
    .describe('Price of a million tokens that the provider reads from its cache. Default: `input`.'),
  cacheWrite: price
    .exactOptional()
    .describe('Price of a million tokens that the provider puts into its cache. Default: `input`.'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, { error: 'expected three capital letters, such as "USD" or "CNY"' })
    .default('USD')
    .describe('Currency of the prices, as an ISO 4217 code.'),
  tieredPricing: z.unknown().exactOptional().describe('Read by OpenClaw only.'),
})

/** The family's lists may have an empty one. */
const modelCost = modelCostKeys.transform(({ input, output, cacheRead, cacheWrite, currency }, context) => {
  if (input !== undefined && output !== undefined) return { input, output, cacheRead, cacheWrite, currency }
  const hasOne = [input, output, cacheRead, cacheWrite].some((one) => one !== undefined)
  if (hasOne) context.addIssue({ code: 'custom', message: 'needs both `input` and `output`' })
  return undefined
})

const modelEntry = z.union([
  z
    .string()
    .min(1)
    .transform((id) => ({
      id,
      input: undefined,
      contextWindow: undefined,
      maxTokens: undefined,
      cost: undefined,
    })),
  z
    .strictObject({
      ...otherFacts,
      id: z.string().min(1).describe("The provider's id of the model."),
      name: z.string().exactOptional().describe('Name for display.'),
      input: z
        .array(z.string())
        .max(maxInputs)
        .exactOptional()
        .describe(
          'Kinds of input that the model accepts. "image": it sees the pictures that people send; "audio" (openai-completions only): it hears voice messages that have no transcript. Default: what the model is known for by its name; a refused picture is left out.',
        ),
      contextWindow: z
        .int()
        .positive()
        .max(maxWindowTokens)
        .exactOptional()
        .describe(
          'Tokens that one request may have, its answer included. Older parts of a conversation that do not fit are left out. Default: 32000, and what the provider reports when it refuses a longer one.',
        ),
      maxTokens: z
        .int()
        .positive()
        .max(maxWindowTokens)
        .exactOptional()
        .describe('Longest answer of the model, in tokens. So much of `contextWindow` is left free for it.'),
      cost: modelCost
        .exactOptional()
        .describe('What the model costs, for the costs in `moltbot usage` and in the dashboard.'),
    })
    .transform(({ id, input, contextWindow, maxTokens, cost }) => ({
      id,
      input,
      contextWindow,
      maxTokens,
      cost,
    })),
])

const providerSchema = z.strictObject({
  baseUrl: baseUrl.describe('The API\'s base URL, such as "https://api.example.com/v1".'),
  apiKey: z
    .string()
    .min(1)
    .superRefine((key, context) => {
      const message = apiKeyProblem(key)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .exactOptional()
    .describe('API key. Keep it in an environment variable. Not needed for a server without authentication.'),
  api: z
    .enum(['openai-completions', 'openai-responses', 'anthropic-messages'])
    .default('openai-completions')
    .describe('Protocol of the API.'),
  headers: headerRecord.exactOptional().describe('HTTP headers for every request.'),
  models: z
    .array(modelEntry)
    .max(maxModels)
    .exactOptional()
    .describe(
      "The provider's models, as ids or as `{id, name, …}`. If there is a list, a model that is not in it is reported.",
    ),
})

/** The part before the slash of `provider/model`. */
const providerId = z
  .string()
  .regex(/^[^\s/]{1,64}$/, {
    error: "a provider's name has 1 to 64 characters, none of them a slash or a space",
  })
  .refine((id) => id !== 'builtin', { error: '"builtin" is the gateway\'s own provider; take another name' })

export const providersSchema = z
  .record(providerId, providerSchema)
  .default({})
  .describe('Model providers, under names that you choose.')
