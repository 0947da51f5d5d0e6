/**
 * `doctor`: what is wrong on this machine, in the configuration and with the gateway, and what to do about it.
 */

import type { DoctorOptions } from '../doctor/doctor.ts'
import { examine } from '../doctor/doctor.ts'
import type { CheckResult } from '../doctor/run-checks.ts'
import { columns } from './columns.ts'
import { exitCodes } from './failure.ts'
import { type Output, show } from './show.ts'

export interface DoctorCommandOptions extends Omit<DoctorOptions, 'signal'> {
  readonly json?: true | undefined
}

/** 1 where something is wrong. */
export async function showDoctor(
  { json, ...options }: DoctorCommandOptions,
  output: Output,
): Promise<number> {
  const checks = await examine(options)
  const ok = checks.every(({ status }) => status !== 'problem')
  show(output, json, { ok, checks }, () => doctorLines(checks, output))
  return ok ? exitCodes.fine : exitCodes.failed
}

export function doctorLines(checks: readonly CheckResult[], { say, translate }: Output): string[] {
  const rows = checks.flatMap(({ about, status, message, advice }) => [
    [translate(status), translate(about), translate(message)],
    ...(advice === undefined ? [] : [['', '', `-> ${translate(advice)}`]]),
  ])
  const count = (status: CheckResult['status']) => checks.filter((one) => one.status === status).length
  const [problems, warnings] = [count('problem'), count('warning')]
  const sum =
    problems + warnings === 0
      ? say('Everything that was checked is well.')
      : say('Problems: {problems}, warnings: {warnings}.', { problems, warnings })
  return [...columns(rows), '', sum]
}
