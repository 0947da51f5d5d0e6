/**
 * The steps of a decision as they are stored with their message: short, since a row is written for every message.
 */

import type { ExplainedStep } from '@moltbot/channel-sdk'
import { z } from 'zod'

/** The policy has fewer. */
const maxSteps = 16
/** UTF-16 units of each text; ids and configured names in it can be of any length. */
const maxTextLength = 120

/** Most steps leave the decision to the next one, so that outcome is stored as nothing. */
const goesOn = 'continue'

const stored = z.array(z.tuple([z.string(), z.string(), z.string()])).max(maxSteps)

export function stepsText(steps: readonly ExplainedStep[] = []): string {
  if (steps.length === 0) return ''
  // The last one decided.
  return JSON.stringify(
    steps
      .slice(-maxSteps)
      .map(({ step, outcome, detail }) => [step, outcome === goesOn ? '' : outcome, detail].map(short)),
  )
}

/** @returns none where nothing, or nothing that can be read, is stored */
export function readSteps(text: unknown): ExplainedStep[] {
  try {
    return stored
      .parse(JSON.parse(String(text)))
      .map(([step, outcome, detail]) => ({ step, outcome: outcome || goesOn, detail }))
  } catch {
    return []
  }
}

function short(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength - 1).toWellFormed()}…` : text
}
