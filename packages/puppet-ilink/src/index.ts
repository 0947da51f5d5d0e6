/**
 * A Wechaty puppet for iLink, Tencent's official WeChat bot API.
 */

export type { Capabilities, ILinkExtras } from './capabilities.ts'
export type { Clock, Random } from './clock.ts'
export type { Surroundings } from './engine.ts'
export { ILinkError, type ILinkErrorCode } from './errors.ts'
export type { AskVerifyCode, VerifyCodeRequest } from './login/qr-login.ts'
export { endpointsOf, type ILinkEndpoints, type PuppetILinkOptions } from './options.ts'
export { PuppetILink, PuppetILink as default } from './puppet.ts'
export type { FileLimits } from './receive/media-files.ts'
export type { Unstored } from './receive/receiver.ts'
export type { Quote } from './schema/quote.ts'
export type { RawMessage } from './schema/raw-message.ts'
export type { SendOptions, Sent } from './send/sender.ts'
export { type Adoption, adoptLogin, type ForeignLogin } from './store/adopt-login.ts'
export { type ImportedState, importState } from './store/import-state.ts'
export type { LearntLimits } from './store/learnt-limits.ts'
export type { MediaRoom, SpareFile, SparePlace } from './store/media-room.ts'
export type { Durability, PruneLimits, StateChange, StateEntry, StateStore } from './store/state-store.ts'
export type { SendWindow } from './store/windows.ts'
export type { Http, HttpAnswer, HttpLimits, HttpRequest } from './wire/http.ts'
