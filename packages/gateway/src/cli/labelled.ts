/**
 * Lines such as `  model    builtin/echo`: what it is about, then the value, with the values in one column.
 */

import stringWidth from 'string-width'
import { padded } from './columns.ts'

/** Wide enough for every label in both languages. */
const labelWidth = 9

export function labelled(label: string, value: string): string {
  return `  ${padded(label, labelWidth)}${stringWidth(label) < labelWidth ? '' : ' '}${value}`
}
