/**
 * What of OpenClaw's configuration has a counterpart here. The rest is named, not guessed at: the result is always a
 * configuration that the gateway takes.
 */

import type { ImportGap } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { withoutForeignKeys } from '../config/foreign-keys.ts'
import { type ConfigPath, formatPath, type Located, plainValue } from '../config/located.ts'
import { gatewayConfigSchema } from '../config/schema.ts'

export interface Counterparts {
  /** Without `channels`. Values such as `${OPENAI_API_KEY}` are as they were written. */
  readonly config: Readonly<Record<string, unknown>>
  readonly gaps: readonly ImportGap[]
}

/** What both gateways have in common. */
const shared = ['agents', 'models', 'tools', 'messages', 'media', 'session', 'mcp']
/** Taken over by the channel, or of no use in another file. */
const silent = ['channels', '$schema']

export function counterpartsOf(root: Located): Counterparts {
  const { root: own, warnings } = withoutForeignKeys(root)
  const written = asMembers(plainValue(own))
  const isWhole = (path: string) => !path.includes('.') || shared.includes(path.split('.')[0] ?? '')
  const gaps: ImportGap[] = warnings
    .filter(({ path }) => isWhole(path))
    .map(({ path, message }) => ({ what: path, reason: message }))
  for (const key of Object.keys(written)) {
    if (shared.includes(key)) continue
    if (!silent.includes(key)) gaps.push({ what: key, reason: 'moltbot has settings of its own for this' })
    delete written[key]
  }
  takeOutWorkspace(written, gaps)
  const config = asMembers(withVariables(written))
  leaveOutInvalid(config, gaps)
  return { config, gaps }
}

/** The agent may send every file of its workspace, and OpenClaw's has notes and instructions in it. */
function takeOutWorkspace(config: Members, gaps: ImportGap[]): void {
  const path = ['agents', 'defaults', 'workspace']
  if (!remove(config, path)) return
  gaps.push({
    what: formatPath(path),
    reason: 'the agent could send every file of it; name a folder for that purpose',
  })
}

/** OpenClaw's references to variables, `{source: "env", id: "NAME"}`. */
const variable = z.object({ source: z.literal('env'), id: z.string().regex(/^\w+$/) })

function withVariables(value: unknown): unknown {
  const { data } = variable.safeParse(value)
  if (data !== undefined) return `\${${data.id}}`
  if (Array.isArray(value)) return value.map(withVariables)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withVariables(item)]))
}

/** One part after the other, because what is removed changes what the schema says of the rest. */
function leaveOutInvalid(config: Members, gaps: ImportGap[]): void {
  for (;;) {
    const issues = gatewayConfigSchema.safeParse(config).error?.issues ?? []
    const [first] = issues.flatMap(faultsOf).filter(({ path }) => !isVariable(valueAt(config, path)))
    if (first === undefined) return
    const part = wholeOf(first.path)
    const removed = part
      .map((_, index) => part.slice(0, part.length - index))
      .find((at) => remove(config, at))
    if (removed === undefined) return
    gaps.push({ what: formatPath(removed), reason: first.reason })
  }
}

/** A part of a provider or of a server would be another one: without its `api`, say, or without `enabled: false`. */
const wholes = ['models.providers', 'mcp.servers']

function wholeOf(path: ConfigPath): ConfigPath {
  return wholes.includes(path.slice(0, 2).join('.')) ? path.slice(0, 3) : path
}

interface Fault {
  readonly path: ConfigPath
  readonly reason: string
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)))
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], reason: noSuchKey }))
  const isForeign = issue.code === 'invalid_type' && issue.expected === 'never'
  return [{ path, reason: isForeign ? noSuchKey : reasonOf(issue) }]
}

const noSuchKey = 'moltbot has no such key'

/** The schema's own words, where it has some. */
function reasonOf({ message }: z.core.$ZodIssue): string {
  return /^(?:Invalid|Too|Expected)\b/.test(message) ? 'the value is not valid here' : message
}

/** Its value is known when the gateway starts, which checks it then. */
function isVariable(value: unknown): boolean {
  return typeof value === 'string' && /\$\{\w+\}/.test(value)
}

type Members = Record<string, unknown>

function asMembers(value: unknown): Members {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

function valueAt(root: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    root,
  )
}

/** @returns whether there was anything */
function remove(root: Members, path: ConfigPath): boolean {
  const parent = valueAt(root, path.slice(0, -1))
  const key = path.at(-1)
  if (key === undefined || typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, key))
    return false
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else Reflect.deleteProperty(parent, key)
  return true
}
