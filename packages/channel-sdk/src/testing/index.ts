/**
 * For tests of hosts and channels: a model on loopback, and the contract suite every host of this family passes.
 */
export { hostContract } from './host-contract.ts'
export type { HostContractCase, HostHarness, HostStart, HostUnderTest } from './host-harness.ts'
export type { ModelAnswer, ToolCall } from './model-replies.ts'
export type { ModelMessage, ModelRequest } from './model-request.ts'
export type { ModelFailure, ModelReply, ModelServer, ModelServerOptions } from './model-server.ts'
export { startModelServer } from './model-server.ts'
export type { ProbeChannel, ProbeConfig, ProbeOptions } from './probe-channel.ts'
export { probeChannel } from './probe-channel.ts'
export type { ProxyServer, ProxyServerOptions } from './proxy-server.ts'
export { startProxyServer } from './proxy-server.ts'
export type { TranscriptionRequest } from './transcription.ts'
