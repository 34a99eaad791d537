/** Two ways to merge a branch of a bare repository with stock git. */
import type { Script } from './script.ts'

/**
 * As anyone does it: a clone, a merge and a push. From the same disk, where git links the objects
 * instead of sending them, so that no cheaper clone exists.
 *
 * Arguments: repository, work tree (made, and left there), short name of the branch.
 */
export const IN_WORK_TREE: Script = {
  text: `
git clone -q "$1" "$2"
cd "$2"
git merge -q --no-ff -m merge "origin/$3"
git push -q origin main`,
}

/** As an expert does it: no work tree. Arguments: repository, short name of the branch. */
export const WITHOUT_WORK_TREE: Script = {
  text: `
cd "$1"
tree=$(git merge-tree --write-tree main "$2")
merged=$(git commit-tree -p main -p "$2" -m merge "$tree")
git update-ref refs/heads/main "$merged"`,
}
