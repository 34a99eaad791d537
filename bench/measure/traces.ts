/** What a request left behind that should leave nothing: processes started, files touched. */
import { changedSince, lookAtFiles } from './files.ts'
import { lookAtProcesses, startedSince } from './process-starts.ts'

export interface Traces {
  /** Processes started. */
  readonly processes: number
  /** Files and directories that are new, gone or changed; a directory changes when a file in it came and went. */
  readonly files: number
}

/** @returns what came of `work` */
export async function tracesOf(
  where: { readonly pid: number; readonly repositories: string },
  work: () => Promise<void>,
): Promise<Traces> {
  const processes = lookAtProcesses(where.pid)
  const files = lookAtFiles(where.repositories)
  await work()
  return {
    processes: startedSince(processes, lookAtProcesses(where.pid)),
    files: changedSince(files, lookAtFiles(where.repositories)).length,
  }
}
