/**
 * Values of options that are more than text.
 */

import { InvalidArgumentError } from 'commander'
import type { Speech } from '../language/speech.ts'

export function portNumber({ say }: Pick<Speech, 'say'>): (text: string) => number {
  return (text) => {
    const port = Number(text)
    if (/^\d+$/.test(text) && port <= 65_535) return port
    throw new InvalidArgumentError(say('A port is a number from 0 to 65535.'))
  }
}

export function seconds({ say }: Pick<Speech, 'say'>): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (value > 0 && value <= 3_600) return value
    throw new InvalidArgumentError(say('Give a number of seconds, at most 3600.'))
  }
}

export function lineCount({ say }: Pick<Speech, 'say'>): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value <= 100_000) return value
    throw new InvalidArgumentError(say('Give a number of lines, at most 100000.'))
  }
}

export function dayCount({ say }: Pick<Speech, 'say'>): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= 1 && value <= 91) return value
    throw new InvalidArgumentError(say('Give a number of days, at most 91.'))
  }
}
