// The host functions that Tencent's client imports, all subpaths in one file: as little as lets it run.

import { join } from 'node:path'

/** File-safe account ids: `abc@im.bot` becomes `abc-im-bot`. */
export function normalizeAccountId(raw: string): string {
  return raw
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
}

export function resolvePreferredOpenClawTmpDir(): string {
  const stateDir = process.env.OPENCLAW_STATE_DIR
  if (!stateDir) throw new Error('set OPENCLAW_STATE_DIR before importing the client')
  return join(stateDir, 'tmp')
}

export function withFileLock<T>(_path: string, _options: object, run: () => Promise<T>): Promise<T> {
  return run()
}

type TypingActions = { start: () => Promise<void>; stop: () => Promise<void> }

export function createTypingCallbacks({ start, stop }: TypingActions): TypingActions {
  return { start, stop }
}

type SenderQuestion = {
  senderId: string
  isSenderAllowed: (id: string, list: string[]) => boolean
  readAllowFromStore: () => Promise<string[]>
}

export async function resolveSenderCommandAuthorizationWithRuntime(question: SenderQuestion) {
  const isAllowed = question.isSenderAllowed(question.senderId, await question.readAllowFromStore())
  return { senderAllowedForCommands: isAllowed, commandAuthorized: isAllowed }
}

export function resolveDirectDmAuthorizationOutcome(sender: { senderAllowedForCommands: boolean }): string {
  return sender.senderAllowedForCommands ? 'allowed' : 'unauthorized'
}

/** There are no hooks here, so the functions around them are never called. */
export function getGlobalHookRunner(): undefined {}

function neverCalled(): never {
  throw new Error('the host has no hooks')
}
export const fireAndForgetHook = neverCalled
export const buildCanonicalSentMessageHookContext = neverCalled
export const toPluginMessageContext = neverCalled
export const toPluginMessageSentEvent = neverCalled

export function loadConfig(): object {
  return {}
}

export async function writeConfigFile(): Promise<void> {}
