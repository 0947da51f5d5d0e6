/**
 * An answer of the control API that a page shows, read again when its topic changes, and now and then besides.
 */

import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { RouteAnswer, RouteInput, RouteName } from '../../../gateway/src/api/routes.ts'
import { ApiError, call, isOver } from './api.ts'
import { changes, endSession, type Topic } from './live.ts'

/** For changes that no event tells of, such as those of another program. */
const againMs = 10_000
/** Events come in bursts. */
const restMs = 300

export interface Fetched<Answer> {
  /** The last one that came; undefined before the first. */
  readonly answer: Answer | undefined
  /** Why the latest attempt failed. */
  readonly problem: string | undefined
  readonly reload: () => void
}

/**
 * @param input what changes in it is asked for anew
 * @param topic undefined: it is read again now and then only
 */
export function useFetched<Name extends RouteName>(
  name: Name,
  input: RouteInput<Name>,
  topic: Topic | undefined,
  everyMs = againMs,
): Fetched<RouteAnswer<Name>> {
  const [state, setState] = useState<Omit<Fetched<RouteAnswer<Name>>, 'reload'>>(nothing)
  const asked = JSON.stringify(input)
  const latest = useRef(0)
  const reload = useCallback(() => {
    const mine = ++latest.current
    const take = (next: typeof state | ((before: typeof state) => typeof state)) =>
      mine === latest.current && setState(next)
    call(name, JSON.parse(asked)).then(
      (answer) => take({ answer, problem: undefined }),
      (error: unknown) => {
        if (isOver(error)) endSession()
        else take((before) => ({ ...before, problem: problemOf(error) }))
      },
    )
  }, [name, asked])
  useEffect(() => {
    setState(nothing)
    reload()
    const timer = setInterval(reload, everyMs)
    return () => clearInterval(timer)
  }, [reload, everyMs])
  useEffect(() => {
    if (topic === undefined) return
    let rest: ReturnType<typeof setTimeout> | undefined
    const stop = changes[topic].listen(() => {
      rest ??= setTimeout(() => {
        rest = undefined
        reload()
      }, restMs)
    })
    return () => {
      stop()
      clearTimeout(rest)
    }
  }, [topic, reload])
  return { ...state, reload }
}

const nothing = { answer: undefined, problem: undefined }

/** The words of an error, undefined where the banner says already that there is no connection. */
export function problemOf(error: unknown): string | undefined {
  if (error instanceof ApiError && error.code === 'unreachable') return undefined
  return error instanceof Error ? error.message : String(error)
}
