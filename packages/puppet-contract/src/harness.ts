/**
 * What a puppet's author hands to the suite: how to make the puppet, and the few things that only its
 * backend can do (let a person scan, let a person write). Everything else the suite does by itself.
 */
import type { Puppet } from 'wechaty-puppet'
import type { RefusableMember } from './members.ts'

export interface IncomingText {
  /** Contact id of the person who writes. */
  readonly from: string
  readonly text: string
}

export interface SentText {
  /** Id of the conversation it was sent to. */
  readonly to: string
  readonly text: string
}

/** One puppet on its backend, not started, with no user logged in. Each case makes its own. */
export interface PuppetUnderTest {
  readonly puppet: Puppet
  /** A contact that can write to the logged-in user, as `receiveText` will make it do. */
  readonly peerId: string
  /** A well-formed contact id that the backend has never seen. */
  readonly unknownContactId: string
  /**
   * Lets a person log in at the backend (scan and confirm, or whatever it takes). Called after `start`. Does
   * nothing when a user is logged in, or when the puppet is about to resume a stored session.
   */
  login(): Promise<void>
  /** Ends the session from the backend's side, as a person does on the phone. */
  logout(): Promise<void>
  /** Makes a contact write to the logged-in user. Works, at the backend, while the puppet is stopped too. */
  receiveText(message: IncomingText): Promise<void>
  /** Makes a contact write in a room that the logged-in user is a member of. */
  receiveRoomText?(message: IncomingText): Promise<void>
  /** The texts that the backend has taken from the puppet, oldest first. */
  sentTexts?(): Promise<readonly SentText[]>
  /**
   * A new puppet, not started, on the stored session of this one, as after a restart of the process. The
   * suite has stopped this one before, and disposes of the new one in its place.
   */
  restart?(): Promise<PuppetUnderTest>
  /** Frees what `create` took. The puppet has been stopped. */
  dispose(): Promise<void>
}

/** The stimuli that a harness may lack; the cases that need one are then not applicable. */
export type OptionalStimulus = 'receiveRoomText' | 'sentTexts' | 'restart'

export interface ContractTimeouts {
  /** `start()` has to resolve within this. WeChaty itself gives up after 15 s, the default. */
  readonly startMs: number
  /** `stop()` has to resolve within this. Defaults to 5 s, as long as WeChaty waits for a puppet. */
  readonly stopMs: number
  /** Any other call has to be answered, and an expected event to arrive, within this. Defaults to 10 s. */
  readonly answerMs: number
  /** How long a stopped puppet is watched for events that it must not emit. Defaults to 300 ms. */
  readonly quietMs: number
}

export const defaultTimeouts: ContractTimeouts = {
  startMs: 15_000,
  stopMs: 5_000,
  answerMs: 10_000,
  quietMs: 300,
}

/** A puppet as its author describes it to the suite. */
export interface PuppetHarness {
  create(): Promise<PuppetUnderTest>
  /** The optional stimuli that `create` gives. A case checks that this is the truth. Defaults to none. */
  readonly gives?: readonly OptionalStimulus[]
  /** Members that the puppet refuses as unsupported. All others must not. Defaults to none. */
  readonly unsupported?: readonly RefusableMember[]
  readonly timeouts?: Partial<ContractTimeouts>
}
