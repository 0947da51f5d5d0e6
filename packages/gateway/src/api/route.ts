/**
 * What a route of the control plane is: one description, from which server, client and the OpenAPI document are made.
 */

import type { z } from 'zod'

/** `Input` is what a caller gives, `Checked` what a handler reads of it: defaults are filled in. */
export interface Route<Input = unknown, Checked = unknown, Answer = unknown> {
  readonly method: 'GET' | 'POST'
  /** Without parameters: all input is in the query of a GET, and in the JSON body of a POST. */
  readonly path: `/api/${string}`
  /** For people, one line. */
  readonly summary: string
  readonly input: z.ZodType<Checked, Input>
  readonly answer: z.ZodType<Answer>
  /** HTTP status of an answer. 201: it was stored; 202: the work goes on. Defaults to 200. */
  readonly status?: 200 | 201 | 202
  /** The dashboard's session may use it. Defaults to false: it needs the control token. */
  readonly forBrowsers?: true
  /** Only the gateway of a sandbox has it; elsewhere nothing is at its address. Defaults to false. */
  readonly sandboxOnly?: true
  /** Of a POST. Defaults to 64 KiB. */
  readonly maxBodyBytes?: number
}

/** Answers are made of what the rest of the gateway holds, and that is read-only. */
export type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value
