/**
 * The one place where secrets leave a log line. Registered values are removed in every spelling in which
 * they travel; what merely looks like a credential is removed by pattern, for unregistered secrets.
 */

import { secretKeyPattern } from './secrets.ts'

export interface Redactor {
  /** From now on this value is shown nowhere. An empty one is ignored. */
  register(secret: string): void
  /** The text with every secret replaced. */
  text(text: string): string
  /** A JSON line with the secrets of all its strings, keys and numbers replaced: still JSON, same shape. */
  line(json: string): string
}

/** Replaces a secret. */
export const redacted = '[redacted]'

/** Values kept; the oldest give way. Meant for what lives long (keys, tokens of accounts), not for one of each message. */
const maxSecrets = 2_000
/** Shorter values are only replaced as whole words: they would be found inside ordinary words. */
const minInnerLength = 6

/** Top-level fields that the logger itself writes, so that no secret can name them. */
const ownFields = new Set(['time', 'level', 'event'])

/** Every repetition is bounded, so that no text can make them slow. */
const credentialPatterns: readonly RegExp[] = [
  // Authorization headers (RFC 6750, RFC 7617).
  /(?<=\b(?:bearer|basic)\s{1,4})[\w.~+/=-]{6,}/gi,
  // API keys as OpenAI, Anthropic and their likes make them.
  /\bsk-[\w-]{8,}/g,
  // Tokens of this gateway for other programs.
  /\bmbt_[\w-]{8,}/g,
  // JSON web tokens (RFC 7519).
  /\beyJ[\w-]{8,2000}\.[\w-]{8,2000}\.[\w-]*/g,
  // key=value and "key": "value", also as JSON inside JSON.
  /(?<=(?:token|secret|password|passwd|api[_-]?key|authorization|cookie)\\{0,3}["']?\s{0,2}[=:]\s{0,2}\\{0,3}["']?)(?!null\b|true\b|false\b|undefined\b|(?:bearer|basic)\s)[^\s"'\\&,;{}[\]]+/gi,
  // The user part of a URL.
  /(?<=:\/\/)[^\s/@:"']{1,256}:[^\s/@"']{1,256}(?=@)/g,
]

/** Longer strings are cut, after their secrets were removed. */
const maxStringLength = 16_384

export function createRedactor(): Redactor {
  const secrets = new Set<string>()
  let known: RegExp | undefined

  const text = (value: string): string => {
    known ??= spellingsPattern(secrets)
    return [known, ...credentialPatterns].reduce((rest, pattern) => rest.replaceAll(pattern, redacted), value)
  }

  return {
    register(secret) {
      if (secret === '' || secrets.has(secret)) return
      const oldest = secrets.size >= maxSecrets ? secrets.values().next().value : undefined
      if (oldest !== undefined) secrets.delete(oldest)
      secrets.add(secret)
      known = undefined
    },
    text,
    line: (json) => JSON.stringify(redactFields(JSON.parse(json), text)),
  }
}

function redactFields(line: unknown, text: (value: string) => string): unknown {
  if (!isObject(line)) return redactValue(line, text)
  return Object.fromEntries(
    Object.entries(line).map(([key, value]) =>
      ownFields.has(key) ? [key, value] : [text(key), redactNamed(key, value, text)],
    ),
  )
}

/** A field that is named like a credential is one, whatever its value looks like. */
function redactNamed(key: string, value: unknown, text: (value: string) => string): unknown {
  return secretKeyPattern.test(key) && typeof value === 'string' ? redacted : redactValue(value, text)
}

function redactValue(value: unknown, text: (value: string) => string): unknown {
  if (typeof value === 'string') return shortened(text(value))
  if (typeof value === 'number') return text(String(value)) === String(value) ? value : redacted
  if (Array.isArray(value)) return value.map((item) => redactValue(item, text))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [text(key), redactNamed(key, item, text)]),
  )
}

function shortened(text: string): string {
  if (text.length <= maxStringLength) return text
  return `${text.slice(0, maxStringLength)}… (${text.length} characters)`
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** One pattern for every spelling of every secret, the longest first so that none hides in another. */
function spellingsPattern(secrets: ReadonlySet<string>): RegExp {
  const all = [...new Set([...secrets].flatMap(spellings))].sort((a, b) => b.length - a.length)
  return all.length === 0 ? /(?!)/g : new RegExp(all.map(pattern).join('|'), 'giu')
}

function pattern(spelling: string): string {
  const literal = spelling.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  return spelling.length < minInnerLength ? `(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])` : literal
}

/** As it is, inside one and two layers of JSON, in a URL (both ways to write a space), and in both base64 alphabets. */
function spellings(secret: string): string[] {
  const json = insideJson(secret)
  const bytes = Buffer.from(secret)
  return [
    secret,
    json,
    insideJson(json),
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams({ s: secret }).toString().slice('s='.length),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ]
}

const insideJson = (text: string): string => JSON.stringify(text).slice(1, -1)
