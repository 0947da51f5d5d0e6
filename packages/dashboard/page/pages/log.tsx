/**
 * The newest lines of the log, as they come.
 */

import { useEffect, useRef, useState } from 'preact/hooks'
import type { LogAnswer } from '../../../gateway/src/api/answers.ts'
import { call, isOver } from '../core/api.ts'
import { problemOf } from '../core/fetched.ts'
import { useSpeech } from '../core/language.tsx'
import { endSession, status } from '../core/live.ts'
import { useStore } from '../core/store.ts'
import { Problem } from '../parts/problem.tsx'
import { Wide } from '../parts/wide.tsx'

type Line = LogAnswer['lines'][number]

interface Filter {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly accountId?: string
  readonly text?: string
}

const levels = ['debug', 'info', 'warn', 'error'] as const
const levelNames = {
  debug: 'all levels',
  info: 'info and above',
  warn: 'warnings and errors',
  error: 'errors',
} as const
const againMs = 1_000
const maxShown = 500

export function LogPage() {
  const { say } = useSpeech()
  const [filter, setFilter] = useState<Filter>({ level: 'info' })
  const [isPaused, setPaused] = useState(false)
  const { lines, problem } = useLines(filter, isPaused)
  return (
    <>
      <Filters filter={filter} setFilter={setFilter}>
        <button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {say('Pause')}
        </button>
      </Filters>
      <Problem text={problem} />
      {lines?.length === 0 && <p>{say('No line of the log fits.')}</p>}
      <Wide label={say('Lines, newest first')}>
        <table class="log">
          <tbody>
            {lines?.map((line) => (
              <Row key={line.number} line={line} />
            ))}
          </tbody>
        </table>
      </Wide>
    </>
  )
}

function Row({ line: { time, level, accountId, message, details } }: { readonly line: Line }) {
  const look = { warn: 'wait', error: 'bad', fatal: 'bad' }[level] ?? ''
  return (
    <tr>
      <td>
        <time dateTime={time}>{new Date(time).toLocaleTimeString('en-GB')}</time>
      </td>
      <td class={look}>{level}</td>
      <td>
        <bdi>{accountId}</bdi>
      </td>
      <td>
        <bdi class="words">{message}</bdi> <bdi class="dim words">{details}</bdi>
      </td>
    </tr>
  )
}

function Filters(props: {
  readonly filter: Filter
  readonly setFilter: (filter: Filter) => void
  readonly children: preact.ComponentChildren
}) {
  const { say } = useSpeech()
  const { filter, setFilter, children } = props
  const accounts = useStore(status)?.accounts ?? []
  const optional = (name: 'accountId' | 'text', value: string) => {
    const { [name]: _, ...rest } = filter
    setFilter(value === '' ? rest : { ...rest, [name]: value })
  }
  return (
    <form class="buttons" onSubmit={(event) => event.preventDefault()}>
      <label>
        {say('Level')}{' '}
        <select
          value={filter.level}
          onChange={({ currentTarget: { value } }) =>
            setFilter({ ...filter, level: levels.find((one) => one === value) ?? 'info' })
          }
        >
          {levels.map((level) => (
            <option key={level} value={level}>
              {say(levelNames[level])}
            </option>
          ))}
        </select>
      </label>
      <label>
        {say('Account')}{' '}
        <select
          value={filter.accountId ?? ''}
          onChange={({ currentTarget }) => optional('accountId', currentTarget.value)}
        >
          <option value="">{say('every account')}</option>
          {accounts.map(({ accountId }) => (
            <option key={accountId}>{accountId}</option>
          ))}
        </select>
      </label>
      <label>
        {say('Contains')}{' '}
        <input
          type="search"
          maxLength={200}
          value={filter.text ?? ''}
          onInput={({ currentTarget }) => optional('text', currentTarget.value)}
        />
      </label>
      {children}
    </form>
  )
}

/** Newest first; undefined before the first answer. */
function useLines(filter: Filter, isPaused: boolean) {
  const [state, setState] = useState<{ readonly lines?: readonly Line[]; readonly problem?: string }>({})
  const last = useRef(0)
  const asked = JSON.stringify(filter)
  useEffect(() => {
    last.current = 0
    setState({})
  }, [asked])
  useEffect(() => {
    if (isPaused) return
    let isGone = false
    const read = async () => {
      const answer = await call('log', { ...JSON.parse(asked), after: last.current })
      if (isGone) return
      // Of another process, which counts from the start again.
      const isNew = answer.last < last.current
      last.current = isNew ? 0 : answer.last
      const fresh = isNew ? [] : answer.lines.toReversed()
      setState(({ lines = [] }) => ({ lines: [...fresh, ...(isNew ? [] : lines)].slice(0, maxShown) }))
    }
    const readOn = async () => {
      while (!isGone) {
        await read().catch((error: unknown) => {
          if (isOver(error)) return endSession()
          const problem = problemOf(error)
          if (problem !== undefined && !isGone) setState((before) => ({ ...before, problem }))
        })
        await new Promise((resolve) => setTimeout(resolve, againMs))
      }
    }
    void readOn()
    return () => {
      isGone = true
    }
  }, [asked, isPaused])
  return state
}
