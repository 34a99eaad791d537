/** How a git process is told to write into one object directory and to see the repository's through it. */
import type { RepoHandle } from '../../kernel/repository.ts'

/**
 * @param objectDirectory where new objects go
 * @see git(1), GIT_OBJECT_DIRECTORY and GIT_ALTERNATE_OBJECT_DIRECTORIES
 */
export function objectView(repo: RepoHandle, objectDirectory: string): Record<string, string> {
  return {
    GIT_DIR: repo.path,
    GIT_OBJECT_DIRECTORY: objectDirectory,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(`${repo.path}/objects`),
  }
}

/** The list is separated by colons; a quoted entry may hold one. */
function quoted(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&')}"`
}
