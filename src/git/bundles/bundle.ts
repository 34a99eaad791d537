/** Bundles of a repository on disk: whole files beside its objects, named after when they were made. */
import { namesIn } from '../names-in.ts'
import type { RepoHandle } from '../../kernel/repository.ts'

export interface Bundle {
  /** Grows from one bundle of a repository to the next. Milliseconds since 1970, when it was made. */
  readonly creationToken: number
  /** Of the file; never of another content. */
  readonly name: string
  readonly path: string
}

const NAME = /^([1-9]\d{0,14})\.bundle$/

/** `<repository>/bundles`: git does not look there, and it goes when the repository goes. */
export function bundleDirectory(repo: RepoHandle): string {
  return `${repo.path}/bundles`
}

/** `null`: nothing that this server makes is called so. */
export function bundleNamed(repo: RepoHandle, name: string): Bundle | null {
  const [, token] = NAME.exec(name) ?? []
  if (token === undefined) return null
  return { creationToken: Number(token), name, path: `${bundleDirectory(repo)}/${name}` }
}

export function bundleMadeAt(repo: RepoHandle, creationToken: number): Bundle {
  const name = `${creationToken}.bundle`
  return { creationToken, name, path: `${bundleDirectory(repo)}/${name}` }
}

/** Newest first. */
export async function bundlesOf(repo: RepoHandle): Promise<readonly Bundle[]> {
  const names = await namesIn(bundleDirectory(repo))
  return names
    .flatMap((name) => bundleNamed(repo, name) ?? [])
    .toSorted((a, b) => b.creationToken - a.creationToken)
}
