/**
 * Is what the channel takes of OpenClaw there, and is it what the channel takes it for? Compiled against the types of an
 * installed host by `npm run test:openclaw` and `npm run openclaw:drift`; nothing here runs.
 */

import type { ChannelPlugin } from 'openclaw/plugin-sdk/channel-core'
import type { OpenClawPluginApi } from 'openclaw/plugin-sdk/plugin-entry'
import type {
  DispatchPlan,
  HostAccount,
  InboundFacts,
  OpenClawChannel,
  PluginApi,
  PluginRuntime,
} from '../../../extensions/wechat/src/openclaw/host-api.ts'

type Host = OpenClawPluginApi['runtime']

/** The helpers that the channel calls take what it gives and give what it takes. */
export const runtime = (host: Host): Omit<PluginRuntime, 'channel'> => host
export const route = (host: Host): PluginRuntime['channel']['routing'] => host.channel.routing
export const pairing = (host: Host): PluginRuntime['channel']['pairing'] => host.channel.pairing
export const media = (host: Host): PluginRuntime['channel']['media'] => host.channel.media

export const facts = (given: InboundFacts): Parameters<Host['channel']['inbound']['buildContext']>[0] => given
type HostPlan = Parameters<Host['channel']['inbound']['dispatch']>[0]
/** The context is the host's own, and passed on as it is. */
export const plan = (given: Omit<DispatchPlan, 'ctxPayload'>): Omit<HostPlan, 'ctxPayload'> => given

/** What the channel registers is a channel of the host. */
export const channel = (ours: OpenClawChannel): ChannelPlugin<HostAccount> => ours
export const register = (host: OpenClawPluginApi): Pick<PluginApi, 'registerChannel'> => host
