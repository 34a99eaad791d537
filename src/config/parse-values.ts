/** From texts to values, one setting at a time. */
import type { z } from 'zod'
import type { ConfigFault } from './config-error.ts'
import type { Texts } from './config-file.ts'
import { type Setting, SETTINGS, type SettingName, type Values } from './settings.ts'

export interface ParsedValues {
  /** Complete only when there are no faults: a setting with a fault is missing. */
  readonly values: Partial<Values>
  readonly faults: readonly ConfigFault[]
}

/** An empty text counts as not set, as in a shell script that forwards what it may not have. */
export function parseValues(texts: Texts): ParsedValues {
  const faults: ConfigFault[] = []
  const values: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    const given = texts[name]?.trim() ?? ''
    const text = given === '' ? setting.default : given
    const parsed = text === null ? null : setting.schema.safeParse(text)
    if (parsed === null) values[name] = null
    else if (parsed.success) values[name] = parsed.data
    else faults.push({ name: name as SettingName, message: describe(parsed.error, setting, given) })
  }
  return { values: values as Partial<Values>, faults }
}

function describe(error: z.ZodError, setting: Setting, given: string): string {
  const [issue] = error.issues
  const where =
    issue?.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('') ?? ''
  const what = `${where}${where === '' ? '' : ': '}${issue?.message ?? 'not valid'}`
  return setting.secret ? what : `${what}, is ${JSON.stringify(given)}`
}
