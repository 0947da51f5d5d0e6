/**
 * A button that does something at the gateway: it shows that it is under way and what came of it, and asks first where
 * the deed cannot be taken back.
 */

import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { isOver } from '../core/api.ts'
import { problemOf } from '../core/fetched.ts'
import { useSpeech } from '../core/language.tsx'
import { endSession } from '../core/live.ts'

export interface ActionProps {
  /** What is done. @returns what to tell about it, in the language of the page */
  readonly act: () => Promise<string | undefined>
  readonly children: ComponentChildren
  /** Told apart by those who do not see where the button is. */
  readonly label?: string
  /** The question to answer before. */
  readonly confirm?: string
  readonly kind?: 'danger' | 'main'
}

export function Action({ act, children, label, confirm, kind }: ActionProps) {
  const { say, translate } = useSpeech()
  const dialog = useRef<HTMLDialogElement>(null)
  const [outcome, setOutcome] = useState<{ readonly text: string; readonly failed: boolean }>()
  const [isBusy, setBusy] = useState(false)
  const run = async () => {
    setBusy(true)
    setOutcome(undefined)
    try {
      const text = await act()
      setOutcome(text === undefined ? undefined : { text, failed: false })
    } catch (error) {
      if (isOver(error)) return endSession()
      setOutcome({ text: translate(problemOf(error) ?? say('The gateway does not answer.')), failed: true })
    } finally {
      setBusy(false)
    }
  }
  return (
    <span class="action">
      <button
        type="button"
        class={kind}
        disabled={isBusy}
        aria-label={label}
        onClick={() => (confirm === undefined ? void run() : dialog.current?.showModal())}
      >
        {children}
      </button>
      <span role="status" class={outcome?.failed ? 'bad' : ''}>
        {outcome?.text}
      </span>
      {confirm !== undefined && (
        <dialog ref={dialog} aria-label={confirm}>
          <p>{confirm}</p>
          <div class="buttons">
            <button type="button" onClick={() => dialog.current?.close()}>
              {say('Cancel')}
            </button>
            <button
              type="button"
              class={kind}
              onClick={() => {
                dialog.current?.close()
                void run()
              }}
            >
              {children}
            </button>
          </div>
        </dialog>
      )}
    </span>
  )
}
