/**
 * Link definitions (`[id]: url`). They are collected from the whole text, because each section is parsed separately and
 * may refer to a definition in another one.
 */

import { decodeString } from 'micromark-util-decode-string'
import { normalizeIdentifier } from 'micromark-util-normalize-identifier'
import { eventsOf, textOf } from './tokens.ts'

export interface Target {
  /** The decoded URL, for display. */
  readonly url: string
  /** The URL as written, for Markdown. */
  readonly destination: string
}

/** The parser searches all definitions for each reference. Definitions beyond this number are left as written. */
const maxDefinitions = 200

const definitionStart = /^[ \t>]*\[(?!\^)[^\]\n]+\]:/m

export function mayDefine(section: string): boolean {
  return section.includes(']:') && definitionStart.test(section)
}

export class Definitions {
  readonly #targets = new Map<string, Target>()
  readonly #used = new Set<string>()

  get isEmpty(): boolean {
    return this.#targets.size === 0
  }

  /** Adds the definitions of a section. The first definition of an identifier wins. */
  add(section: string): void {
    for (const [identifier, target] of definitionsIn(section)) {
      if (this.#targets.size < maxDefinitions && !this.#targets.has(identifier))
        this.#targets.set(identifier, target)
    }
  }

  /** The identifiers, normalised as the parser compares them. */
  identifiers(): Iterable<string> {
    return this.#targets.keys()
  }

  /**
   * Returns the target of a reference and marks its definition as used.
   * @param label as written in the reference
   */
  use(label: string): Target | undefined {
    const identifier = normalizeIdentifier(label)
    this.#used.add(identifier)
    return this.#targets.get(identifier)
  }

  /** Whether a reference shows the target, so that the definition would only repeat it. */
  isUsed(label: string): boolean {
    return this.#used.has(normalizeIdentifier(label))
  }
}

function definitionsIn(section: string): [string, Target][] {
  const found: [string, Target][] = []
  let label = ''
  for (const [kind, token] of eventsOf(section, 'document', [])) {
    if (kind === 'enter') continue
    if (token.type === 'definitionLabelString') label = textOf(section, token)
    if (token.type === 'definitionDestination' && !isFootnote(label))
      found.push([normalizeIdentifier(label), targetOf(textOf(section, token))])
  }
  return found
}

/** A footnote such as `[^1]` is not a link. It is left as written, which a reader of plain text understands. */
export function isFootnote(label: string): boolean {
  return label.startsWith('^')
}

/** @param destination as written, with or without angle brackets */
export function targetOf(destination: string): Target {
  return { destination, url: decodeString(destination.replace(/^<(.*)>$/, '$1')) }
}
