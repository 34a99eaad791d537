/** A report in the format that was asked for. */
import { printableJson } from '../../../client/printable.ts'
import type { RuleSet } from '../../../scanner/rule.ts'
import type { Colors } from '../../terminal.ts'
import type { Report } from './report.ts'
import { sarif } from './sarif.ts'
import { text } from './text.ts'

export type Format = 'text' | 'json' | 'sarif'

export interface RenderOptions {
  readonly format: Format
  readonly rules: RuleSet
  /** `null`: nobody looks at it. */
  readonly colors: Colors | null
}

export function renderReport(report: Report, { format, rules, colors }: RenderOptions): string {
  switch (format) {
    case 'text':
      return text(report, colors)
    case 'json':
      return `${printableJson(report)}\n`
    case 'sarif':
      return `${printableJson(sarif(report, rules))}\n`
  }
}
