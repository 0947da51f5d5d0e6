/**
 * For tests of hosts and channels: a model on loopback, and the contract suite every host of this family passes.
 */
export type { ModelMessage, ModelRequest } from './model-request.ts'
export type { ModelFailure, ModelServer, ModelServerOptions } from './model-server.ts'
export { startModelServer } from './model-server.ts'
