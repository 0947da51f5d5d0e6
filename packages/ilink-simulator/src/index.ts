// The doors of the simulator for programs: start one here, or talk to one that runs elsewhere.

export {
  type ControlClient,
  controlClient,
  type FaultOrder,
  type HeardMessage,
  type Inbound,
  type MediaOrder,
  type RecordedRequest,
  type SentMessage,
} from './control/client.ts'
export type { Received } from './control/inbound.ts'
export type { QrView } from './control/qr.ts'
export type { Settings, SettingsPatch } from './settings.ts'
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts'
export type { Binding } from './state/bots.ts'
