/** What a manifest would change, for people and for programs. */
import { printable } from '../../../client/printable.ts'
import { snakeCase } from './manifest-names.ts'
import type { PlannedGate, RefusedGate } from './plan-gates.ts'

const MARKS = { new: '+', added: '+', changed: '~', same: '=', removed: '-' } as const
const REMARKS = {
  new: ' (new repository)',
  added: '',
  changed: '',
  same: '',
  removed: ' (no gate any more)',
} as const

export function planText(plan: readonly PlannedGate[]): string {
  return plan.map(gateText).join('')
}

function gateText({ where, result, changes }: PlannedGate): string {
  const head = `${MARKS[result]} ${where.org}/${where.repo}${REMARKS[result]}`
  const width = Math.max(0, ...changes.map(({ field }) => snakeCase(field).length))
  const lines = changes.map(({ field, from, to }) => {
    const values = from === null ? (to ?? '') : `${from} -> ${to ?? '(none)'}`
    return `    ${snakeCase(field).padEnd(width)}  ${printable(values)}`
  })
  return [head, ...lines, ''].join('\n')
}

export function planJson(plan: readonly PlannedGate[]): unknown {
  return plan.map(({ where, result, changes }) => ({
    repository: `${where.org}/${where.repo}`,
    result,
    changes,
  }))
}

export function refusalText({ where, error }: RefusedGate): string {
  return `  ${where.org}/${where.repo}: ${error.message}${detailOf(error.details)}`
}

function detailOf(details: unknown): string {
  if (Array.isArray(details)) {
    const faults = details as readonly { path: string; message: string }[]
    return `: ${faults.map(({ path, message }) => `${snakeCase(path)} ${message}`).join('; ')}`
  }
  const { reason } = (details ?? {}) as { reason?: unknown }
  return typeof reason === 'string' ? `: ${reason}` : ''
}
