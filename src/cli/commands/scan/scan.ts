/** A scan from its options to its report. Loaded when a scan is asked for, because of the scanner. */
import { CommandError } from '../../command-error.ts'
import { GitFault } from '../../git-fault.ts'
import { progressBar } from '../../progress-bar.ts'
import { withProgress } from '../../progress.ts'
import type { Terminal } from '../../terminal.ts'
import type { RuleSet } from '../../../scanner/rule.ts'
import { readBaseline } from './baseline.ts'
import { commitFacts } from './commits.ts'
import { historySource } from './history.ts'
import { locate } from './locate.ts'
import { reported, type Report } from './report.ts'
import { gitIn, repositoryAmong, requireRepository, workTreeOf, type Git } from './repository.ts'
import { rulesOf } from './rules-file.ts'
import { scanObjects, type Scanned } from './scan-objects.ts'
import type { Source } from './source.ts'
import { stagedSource } from './staged.ts'
import { workingTreeSource } from './working-tree.ts'

export interface ScanRequest {
  /** A repository and revisions. */
  readonly words: readonly string[]
  readonly what: 'history' | 'staged' | 'working-tree'
  /** Of a history: all refs, beside the revisions. */
  readonly all: boolean
  readonly since?: string
  readonly rulesFile?: string
  readonly baselineFile?: string
  readonly showSecrets: boolean
}

export interface ScanSurroundings {
  readonly terminal: Pick<Terminal, 'env' | 'stderr'>
  readonly workerScript: string
  readonly version: string
}

/** @throws CommandError; AppError `UNAVAILABLE`: the scanner has failed */
export async function scan(
  request: ScanRequest,
  surroundings: ScanSurroundings,
): Promise<{ report: Report; rules: RuleSet }> {
  const rules = await rulesOf(request.rulesFile)
  const known = request.baselineFile === undefined ? new Set() : await readBaseline(request.baselineFile)
  const { directory } = repositoryAmong(request.words)
  const git = gitIn(directory, surroundings.terminal.env)
  await requireRepository(git, directory)
  try {
    const source = await sourceOf(request, git, surroundings.terminal.env)
    const scanned = await scanWatched(source, rules, surroundings)
    const located = await locate(scanned.found, rules, source)
    const facts = await commitFacts(git, [...new Set(located.flatMap(({ commit }) => commit ?? []))])
    const { showSecrets } = request
    const findings = located
      .map((each) => reported(each, { rules, facts, showSecrets }))
      .filter(({ fingerprint }) => !known.has(fingerprint))
    return { report: { ...headOf(scanned, rules, surroundings.version), findings }, rules }
  } catch (err) {
    throw err instanceof GitFault ? faultOf(err) : err
  }
}

async function sourceOf(request: ScanRequest, git: Git, env: Terminal['env']): Promise<Source> {
  const { what, words, all, since } = request
  const { revisions } = repositoryAmong(words)
  if (what === 'history') return historySource(git, { revisions, all, ...(since !== undefined && { since }) })
  if (revisions.length > 0) throw new CommandError('usage', `--${what} takes no revisions`)
  const top = await workTreeOf(git)
  return what === 'staged' ? stagedSource(gitIn(top, env)) : workingTreeSource(gitIn(top, env), top)
}

/** What is to come is counted only for somebody who watches. */
function scanWatched(source: Source, rules: RuleSet, surroundings: ScanSurroundings): Promise<Scanned> {
  const { workerScript, terminal } = surroundings
  return withProgress(terminal.stderr, 'counting what there is to scan', async ({ say }) => {
    if (!terminal.stderr.isTTY) return scanObjects(source, { rules, workerScript, onBytes: () => {} })
    const { objects, bytes: total } = await source.size()
    const startedAt = performance.now()
    const onBytes = (done: number) =>
      say(`${objects} objects ${progressBar({ done, total, elapsedMs: performance.now() - startedAt })}`)
    onBytes(0)
    return scanObjects(source, { rules, workerScript, onBytes })
  })
}

function headOf({ objects, bytes, found }: Scanned, { name, version }: RuleSet, ours: string) {
  return {
    tool: { name: 'sluice', version: ours } as const,
    rules: { name, version },
    scanned: { objects, bytes },
    more: found.filter(({ more }) => more).map(({ oid }) => oid),
  }
}

/** git has only been asked to read. */
function faultOf({ message, stderr }: GitFault): CommandError {
  const unknown = /bad revision|unknown revision|ambiguous argument|Invalid revision range|bad object/.test(
    stderr,
  )
  return unknown
    ? new CommandError(
        'usage',
        message,
        'name the directory of a repository, or revisions such as main..topic; a hosted one is cloned first',
      )
    : new CommandError('failure', `git: ${message}`, 'git fsck tells whether the repository is whole')
}
