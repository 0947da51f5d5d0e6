/**
 * Whether the models that a configuration names have a provider in it that can serve them.
 */

import type { z } from 'zod'
import type { providersSchema } from './provider-schema.ts'
import type { toolsSchema } from './tools-schema.ts'

interface NamedModels {
  readonly agents: { readonly defaults: { readonly model: { readonly primary?: string } } }
  readonly tools: z.output<typeof toolsSchema>
  readonly models: { readonly providers: z.output<typeof providersSchema> }
}

export function checkModels(config: NamedModels, context: z.RefinementCtx): void {
  checkPrimary(config, context)
  checkTranscribers(config, context)
}

/** Models that need no provider. */
const builtinModels: readonly string[] = ['builtin/echo']

function checkPrimary({ agents, models }: NamedModels, context: z.RefinementCtx): void {
  const { primary } = agents.defaults.model
  if (primary === undefined || builtinModels.includes(primary)) return
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
