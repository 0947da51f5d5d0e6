/**
 * The phone of a sandbox, and the configuration that it changes: the account with a group joins when the phone is used.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import { controlClient, type Simulator } from 'ilink-simulator'
import { type Output, print } from '../cli/show.ts'
import { shippedConfig } from '../config/shipped.ts'
import type { Gateway } from '../gateway-types.ts'
import { english } from '../language/speech.ts'
import type { MovableClock } from './clock.ts'
import { hasMockPuppet } from './phone/group-line.ts'
import { Lines } from './phone/lines.ts'
import { PhoneDesk } from './phone/phone-desk.ts'

/** In `config/sandbox-with-group.json5`. */
const groupAccountId = 'group'

/** @param ownConfig a configuration of the user's own, which gets no more accounts */
export function sandboxPhone(
  { url, cdnUrl, controlUrl }: Simulator,
  ownConfig: string | undefined,
  clock: MovableClock,
  output: Output,
) {
  const botIds = new Set<string>()
  /** Read by the configurations of the sandbox. */
  const env: NodeJS.ProcessEnv = { ...process.env, MOLTBOT_SANDBOX_URL: url, MOLTBOT_SANDBOX_CDN_URL: cdnUrl }
  let config = ownConfig ?? shipped('sandbox.json5')
  let gateway: Gateway | undefined
  const group = {
    accountId: groupAccountId,
    onReady: async ({ token, endpoint }: { readonly token: string; readonly endpoint: string }) => {
      env.MOLTBOT_SANDBOX_GROUP_TOKEN = token
      env.MOLTBOT_SANDBOX_GROUP_ENDPOINT = endpoint
      config = shipped('sandbox-with-group.json5')
      await gateway?.reload()
    },
    onFailed: (reason: string) =>
      print(output, output.say('The sandbox has no account with a group: {reason}', { reason })),
  }
  const lines = new Lines({
    control: controlClient(controlUrl),
    botIds,
    status: async () => (await gateway?.status()) ?? { accounts: [] },
    ...(ownConfig === undefined && hasMockPuppet() && { group }),
  })
  return {
    botIds,
    env,
    config: () => config,
    desk: new PhoneDesk(() => lines.find(), clock),
    serve: (running: Gateway) => {
      gateway = running
    },
    close: () => lines.close(),
  }
}

function shipped(name: 'sandbox.json5' | 'sandbox-with-group.json5'): string {
  const file = shippedConfig(name)
  if (file !== undefined) return file
  throw new MoltbotError(
    'config-not-found',
    english('the configuration of the sandbox is missing from this installation'),
  )
}
