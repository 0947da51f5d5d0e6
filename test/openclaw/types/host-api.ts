/**
 * Is what the channel takes of OpenClaw there, and is it what the channel takes it for? Compiled against the types of an
 * installed host by `npm run test:openclaw` and `npm run openclaw:drift`; nothing here runs. Each kind is compared twice:
 * member by member, so that the error lists the names of all that differ, and as a whole, so that it says how.
 */

import type { ChannelPlugin } from 'openclaw/plugin-sdk/channel-core'
import type { OpenClawPluginApi } from 'openclaw/plugin-sdk/plugin-entry'
import type * as hostRuntime from 'openclaw/plugin-sdk/runtime'
import type {
  DispatchPlan,
  HostGateway,
  HostMedia,
  HostProcess,
  InboundFacts,
  PluginRuntime,
} from '../../../extensions/wechat/src/openclaw/host-api.ts'
import type {
  HostAccount,
  OpenClawChannel,
  PluginApi,
} from '../../../extensions/wechat/src/openclaw/host-plugin.ts'

type Host = OpenClawPluginApi['runtime']
type Inbound = Host['channel']['inbound']
/** Imported where the plugin runs. */
type OurModule = {
  registerUnhandledRejectionHandler: (handler: (reason: unknown) => boolean) => unknown
}
type OurInbound = PluginRuntime['channel']['inbound']
type HostFacts = Parameters<Inbound['buildContext']>[0]
type HostPlan = Parameters<Inbound['dispatch']>[0]
/** The context is the host's own, and passed on as it is. */
type OurPlan = Omit<DispatchPlan, 'ctxPayload'>
type OurApi = Pick<PluginApi, 'registerChannel' | 'registerGatewayMethod'>
/** Compared by what is passed to them. */
type OurRuntime = Omit<PluginRuntime, 'channel'> & { channel: Omit<PluginRuntime['channel'], 'inbound'> }

/** Names the members of `Ours` that `Theirs` lacks, or has with another type. */
type Differs<Ours, Theirs, Way, Path extends string = ''> = {
  [Key in keyof Ours & string]-?: Key extends keyof Theirs
    ? Difference<NonNullable<Ours[Key]>, NonNullable<Theirs[Key]>, Way, `${Path}.${Key}`>
    : `${Path}.${Key} is gone`
}[keyof Ours & string]

type Difference<Ours, Theirs, Way, Path extends string> = [Ours] extends [Leaf]
  ? Fits<Ours, Theirs, Way> extends true
    ? never
    : `${Path} has changed`
  : Differs<Ours, Theirs, Way, Path>

/** What the channel takes must be what it expects; what it gives must be what the host expects. */
type Fits<Ours, Theirs, Way> = Way extends 'taken' ? Is<Theirs, Ours> : Is<Ours, Theirs>
type Is<One, Other> = [One] extends [Other] ? true : false

type Leaf = ((...args: never[]) => unknown) | readonly unknown[] | string | number | boolean
type None<_Names extends never> = true

export type Names = [
  None<`plugin-sdk/runtime${Differs<OurModule, typeof hostRuntime, 'taken'>}`>,
  None<`runtime${Differs<OurRuntime, Host, 'taken'>}`>,
  None<`runtime.channel.inbound.${Exclude<keyof OurInbound, keyof Inbound>} is gone`>,
  None<`buildContext${Differs<InboundFacts, HostFacts, 'given'>}`>,
  None<`dispatch${Differs<OurPlan, HostPlan, 'given'>}`>,
  None<`ChannelPlugin${Differs<OpenClawChannel, ChannelPlugin<HostAccount>, 'given'>}`>,
  None<`api${Differs<OurApi, OpenClawPluginApi, 'taken'>}`>,
]

export const guard = (host: typeof hostRuntime): OurModule => host
export const runtime = (host: Host): OurRuntime => host
export const facts = (given: InboundFacts): HostFacts => given
export const plan = (given: OurPlan): Omit<HostPlan, 'ctxPayload'> => given
export const channel = (ours: OpenClawChannel): ChannelPlugin<HostAccount> => ours
export const register = (host: OpenClawPluginApi): OurApi => host

/** The modules of the host that the door imports. */
export const process = (module: typeof import('openclaw/plugin-sdk/runtime')): HostProcess => module
export const gateway = (module: typeof import('openclaw/plugin-sdk/gateway-runtime')): HostGateway => module
export const images = (module: typeof import('openclaw/plugin-sdk/media-runtime')): HostMedia => module
