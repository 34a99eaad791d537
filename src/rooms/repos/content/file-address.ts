/** The address of a file, and the validator of what is read there. */
import { z } from 'zod'
import type { FileAt } from './content-at.ts'

export const FileParam = z.string().meta({ description: '`{ref}/{path}`: the longest ref that there is' })

/** Strong where the whole id of a commit is part of the address: then it is this file for ever. */
export function etagOfFile({ ref, oid, entry }: FileAt): string {
  return ref === oid ? `"${entry.oid}"` : `W/"${entry.oid}"`
}
