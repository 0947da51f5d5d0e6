/**
 * Whether a state may be moved onto what is at a place: only onto nothing, onto what an earlier run of the same move has
 * left there, and onto the copy that stayed there when this very state left.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'
import { newMark, type StateMark } from '../state/state-mark.ts'

export interface MoveSource {
  readonly mark: StateMark
  readonly place: string
}

export interface MoveTarget {
  readonly mark: StateMark | undefined
  readonly place: string
  isEmpty(): Promise<boolean>
}

/**
 * @returns the mark of the target while it is filled; undefined: the state was moved there already
 * @throws `state-unfinished`, `state-moved`, `state-not-empty`
 */
export async function admitTarget(source: MoveSource, target: MoveTarget): Promise<StateMark | undefined> {
  const there = target.mark ?? newMark()
  const filled: StateMark = {
    id: there.id,
    phase: 'filling',
    other: { id: source.mark.id, place: source.place },
  }
  const isOfSource = there.other?.id === source.mark.id
  if (there.phase === 'filling' && isOfSource) return filled
  if (source.mark.phase === 'filling') throw unfinished(source)
  if (source.mark.phase === 'moved') {
    if (source.mark.other?.id === there.id) return undefined
    throw movedBefore(source.place, source.mark)
  }
  if (there.phase === 'moved' && isOfSource) return filled
  if (there.phase === 'open' && (await target.isEmpty())) return filled
  throw notEmpty(target)
}

function unfinished({ place, mark }: MoveSource): MoltbotError {
  return new MoltbotError(
    'state-unfinished',
    english('the state in {place} is not whole: finish its move from {other}', {
      place,
      other: mark.other?.place ?? '',
    }),
  )
}

export function movedBefore(place: string, mark: StateMark | undefined): MoltbotError {
  return new MoltbotError(
    'state-moved',
    english('the state of {place} was moved to {other} before', { place, other: mark?.other?.place ?? '' }),
  )
}

function notEmpty({ place }: MoveTarget): MoltbotError {
  return new MoltbotError(
    'state-not-empty',
    english('there is another state in {place}; nothing was changed. Choose an empty place', { place }),
  )
}
