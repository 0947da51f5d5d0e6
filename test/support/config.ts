/**
 * Configurations of the end-to-end tests.
 */

import type { Backend } from './backend.ts'

export const fakeApiKey = 'sk-test-0123456789abcdef'

/** A gateway with iLink accounts on the simulated backend and a model on loopback. */
export function configOf(
  backend: Backend,
  modelBaseUrl: string,
  accounts: Readonly<Record<string, object>>,
): object {
  return configWith(modelBaseUrl, { puppet: 'ilink', puppetOptions: backend.puppetOptions, accounts })
}

/** A gateway with a model on loopback that accepts images. @param wechat `channels.wechat` */
export function configWith(modelBaseUrl: string, wechat: object): object {
  const models = [{ id: 'fake-1', input: ['text', 'image'] }]
  const fake = { baseUrl: modelBaseUrl, apiKey: fakeApiKey, api: 'openai-completions', models }
  return {
    agents: { defaults: { model: { primary: 'fake/fake-1' } } },
    models: { providers: { fake } },
    messages: { inbound: { debounceMs: 0, mediaWaitMs: 0 } },
    channels: { wechat },
  }
}
