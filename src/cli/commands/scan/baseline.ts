/** Findings of an earlier report, which are known and not told again. */
import { readFile } from 'node:fs/promises'
import { CommandError } from '../../command-error.ts'

/** @returns fingerprints. @throws CommandError `usage`: it is no JSON report of a scan */
export async function readBaseline(path: string): Promise<ReadonlySet<string>> {
  const { findings } = parseObject(await readText(path, 'the baseline'), path)
  if (!Array.isArray(findings)) throw noReport(path)
  return new Set(
    findings.map((finding: { fingerprint?: unknown } | null) => {
      if (typeof finding?.fingerprint !== 'string') throw noReport(path)
      return finding.fingerprint
    }),
  )
}

/** @param what it is, for the error. @throws CommandError `usage` */
export async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (err) {
    throw new CommandError('usage', `${what} cannot be read: ${(err as Error).message}`)
  }
}

function parseObject(text: string, path: string): { findings?: unknown } {
  try {
    return (JSON.parse(text) as { findings?: unknown } | null) ?? {}
  } catch {
    throw noReport(path)
  }
}

function noReport(path: string): CommandError {
  return new CommandError(
    'usage',
    `${path} is no report of a scan`,
    'make one: sluice scan --json --output <file>',
  )
}
