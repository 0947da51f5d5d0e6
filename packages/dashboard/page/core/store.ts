/**
 * Values that change and are shown: a component that reads one is drawn again when it changes.
 */

import { useEffect, useState } from 'preact/hooks'

export class Store<Value> {
  #value: Value
  readonly #listeners = new Set<() => void>()

  constructor(value: Value) {
    this.#value = value
  }

  get(): Value {
    return this.#value
  }

  set(value: Value): void {
    if (value === this.#value) return
    this.#value = value
    for (const listener of this.#listeners) listener()
  }

  /** @returns ends it */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}

export function useStore<Value>(store: Store<Value>): Value {
  const [value, setValue] = useState(store.get())
  useEffect(() => {
    const take = () => setValue(() => store.get())
    take() // It may have changed since it was drawn.
    return store.listen(take)
  }, [store])
  return value
}
