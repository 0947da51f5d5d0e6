/**
 * The model of the configuration, asked for one word: whether its address, key, name and credit are right shows in no
 * other way.
 */

import type { Finding, HealthCheck, Logger } from '@moltbot/channel-sdk'
import { messageOf } from '@moltbot/channel-sdk'
import { adviceFor } from '../agent/model-health.ts'
import { english } from '../language/speech.ts'
import { ConfiguredModels, echoModelName } from '../model/providers.ts'
import type { ModelsConfig } from '../model/types.ts'
import { outgoingProxy } from '../network/outgoing.ts'
import { routeOf } from './reach.ts'

const timeoutMs = 45_000
/** Models that think spend some of these before the first word. */
const maxOutputTokens = 1_000

/** @param isOffline nothing outside this machine is asked */
export function modelCheck(config: ModelsConfig, isOffline = false): HealthCheck {
  return {
    about: 'model',
    timeoutMs: timeoutMs + 1_000,
    run: async (signal) => [await modelFinding(config, isOffline, signal)],
  }
}

async function modelFinding(config: ModelsConfig, isOffline: boolean, signal: AbortSignal): Promise<Finding> {
  const { model } = config
  if (model === undefined) {
    const advice = english('set agents.defaults.model.primary, or run: moltbot setup')
    return { status: 'problem', message: english('no model is configured, so nobody gets an answer'), advice }
  }
  if (model === echoModelName)
    return {
      status: 'warning',
      message: english('{model} is no assistant: it repeats every message', { model }),
    }
  if (isOffline) return { status: 'ok', message: english('{model} was not asked', { model }) }
  const via = routeOf(proxyOf(config))
  const startedMs = performance.now()
  try {
    await askModel(config, signal)
    const ms = Math.round(performance.now() - startedMs)
    return {
      status: 'ok',
      message: english('{model} answered in {ms} ms, reached {via}', { model, ms, via }),
    }
  } catch (error) {
    const reason = messageOf(error)
    const message = english('{reason} (asked {via})', { reason, via })
    return { status: 'problem', message, advice: adviceFor(reason) }
  }
}

function proxyOf({ model = '', providers }: ModelsConfig): URL | undefined {
  const { baseUrl } = providers[model.slice(0, model.indexOf('/'))] ?? {}
  return baseUrl === undefined ? undefined : outgoingProxy(new URL(baseUrl))
}

/** One short answer. @throws as `streamModel`, and `model-not-configured` */
export async function askModel(config: ModelsConfig, signal: AbortSignal): Promise<void> {
  const { model: modelName = '' } = config
  const models = new ConfiguredModels(config, silent)
  const [{ streamModel }, model] = await Promise.all([import('../model/call-model.ts'), models.model()])
  const answer = streamModel(
    {
      model,
      modelName,
      learnt: models.learnt,
      secrets: models.secrets,
      before: nothingBefore,
      systemPrompt: 'Answer with the word OK.',
      messages: [{ role: 'user', content: 'Are you there?' }],
      tools: [],
      runTool: async () => '',
      shownByTools: () => [],
      maxToolSteps: 0,
      maxTurnTokens: maxOutputTokens,
      maxOutputTokens,
      maxRetries: 0,
      timeoutMs,
      signal,
      turnId: 'doctor',
      log: silent,
      onCut: () => undefined,
      onTokens: () => undefined,
      onLeftOut: () => undefined,
    },
    true,
  )
  for await (const _ of answer);
}

const nothingBefore = {
  turns: [],
  context: { count: 0, text: () => '' },
  all: { turns: 0, context: 0, images: false, audio: false },
  shortened: (text: string) => text,
}

const ignored = () => undefined
const silent: Logger = { debug: ignored, info: ignored, warn: ignored, error: ignored, child: () => silent }
